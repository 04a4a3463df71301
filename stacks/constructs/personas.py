"""What data scientists, ML engineers and managers may do, as statements over every project's resources (requirement 10.4).

A project's resources are recognised by the names of ``mlops.projects.names``: suffixes and the buckets' form.
"""

from mlops.bundled.names import PARAMETERS as PROJECTS
from mlops.datasets.registry.names import GLUE_DATABASE, QUERY_RESULTS, SOURCES, WORKGROUP
from stacks import names
from stacks.names import PROJECT, arn, bucket_arn, every
from stacks.secure.role import Statement, allow, deny

PIPELINES = [
    arn("sagemaker", f"pipeline/{every(name)}{tail}")
    for name in (PROJECT.training_pipeline, PROJECT.inference_pipeline)
    for tail in ("", "/execution/*")
]
REGISTRY = [arn("sagemaker", "model-package-group/*"), arn("sagemaker", "model-package/*")]
BUCKETS = [bucket_arn(every(name)) for name in (PROJECT.data_bucket, PROJECT.artifacts_bucket)]
REPOSITORIES = arn("codecommit", every(PROJECT.repository))
RELEASES = arn("codepipeline", f"{every(PROJECT.delivery_pipeline)}/Release/Approve")
DATASETS = bucket_arn(names.DATASETS)  # shared; its settings lie outside datasets/
AUDIT = bucket_arn(names.AUDIT)
# records about data sets, each below its writer's own unique id; the bucket's policy says the same to everybody
SIGNED = f"{DATASETS}/signed/*/*/${{!aws:userid}}/*"
TABLES = [arn("glue", it) for it in ("catalog", f"database/{GLUE_DATABASE}", f"table/{GLUE_DATABASE}/*")]
QUERIES = arn("athena", f"workgroup/{WORKGROUP}")
LINEAGE = [arn("sagemaker", f"{kind}/*") for kind in ("artifact", "action")]
PARAMETERS = arn("ssm", f"parameter{PROJECTS}/*")
LOGS = [arn("logs", f"log-group:/aws/{service}/*") for service in ("sagemaker", "lambda", "codebuild")]
DECIDED = {"StringEquals": {"sagemaker:ModelApprovalStatus": ["Approved", "Rejected"]}}
_PUT = ["s3:AbortMultipartUpload", "s3:PutObject"]
_RUN = ["sagemaker:StartPipelineExecution", "sagemaker:StopPipelineExecution", "sagemaker:RetryPipelineExecution"]

# what no persona does by hand: infrastructure comes from templates only
INFRASTRUCTURE = [
    "cloudformation:CreateChangeSet",
    "cloudformation:CreateStack",
    "cloudformation:DeleteStack",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:UpdateStack",
    "codebuild:CreateProject",
    "codepipeline:CreatePipeline",
    "codepipeline:UpdatePipeline",
    "events:DeleteRule",
    "events:PutRule",
    "glue:CreateDatabase",
    "glue:DeleteDatabase",
    "glue:DeleteTable",
    "glue:UpdateTable",
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "lambda:CreateFunction",
    "lambda:UpdateFunctionCode",
    "s3:DeleteBucket",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutEncryptionConfiguration",
    "sagemaker:CreatePipeline",
    "sagemaker:DeleteModelPackage",
    "sagemaker:DeleteModelPackageGroup",
    "sagemaker:DeletePipeline",
    "sagemaker:UpdatePipeline",
]
CATALOG_WRITES = [
    "servicecatalog:ProvisionProduct",
    "servicecatalog:TerminateProvisionedProduct",
    "servicecatalog:UpdateProvisionedProduct",
]
# every verb that changes something, for those who only look
WRITES = [
    *INFRASTRUCTURE,
    *CATALOG_WRITES,
    "athena:StartQueryExecution",
    "codecommit:GitPush",
    "codepipeline:PutApprovalResult",
    "s3:BypassGovernanceRetention",
    "glue:CreateTable",
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutObject",
    "sagemaker:AddAssociation",
    "sagemaker:AddTags",
    "sagemaker:Create*",
    "sagemaker:Delete*",
    "sagemaker:PutRecord",
    "sagemaker:RetryPipelineExecution",
    "sagemaker:Start*",
    "sagemaker:Stop*",
    "sagemaker:Update*",
    "servicecatalog:Create*",
    "servicecatalog:Delete*",
    "servicecatalog:Update*",
    "ssm:DeleteParameter",
    "ssm:PutParameter",
]


def reader(key_arn: str) -> list[Statement]:
    """Look at everything that projects do."""
    return [
        allow(
            ["sagemaker:Describe*", "sagemaker:List*", "sagemaker:QueryLineage", "sagemaker:Search"], "*", sid="Status"
        ),
        allow(["cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*"], "*", sid="Metrics"),
        allow(["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"], *LOGS, sid="Logs"),
        allow(["ssm:GetParameter", "ssm:GetParameterHistory"], PARAMETERS, sid="Pointers"),
        allow(["s3:GetObject"], *(f"{bucket}/*" for bucket in BUCKETS), sid="Read"),
        allow(["s3:ListBucket"], *BUCKETS, sid="Browse"),
        allow(["s3:GetObject", "s3:GetObjectVersion"], f"{DATASETS}/*", sid="ReadDatasets"),
        allow(["s3:ListBucket"], DATASETS, sid="BrowseDatasets"),
        allow(["s3:GetObject"], f"{AUDIT}/*", sid="ReadAudit"),
        allow(["s3:ListBucket", "s3:ListBucketVersions"], AUDIT, sid="BrowseAudit"),
        allow(["glue:GetDatabase", "glue:GetTable", "glue:GetTables"], *TABLES, sid="ReadTables"),
        allow(["kms:Decrypt"], key_arn, sid="Decrypt"),
        allow(["codepipeline:Get*", "codepipeline:List*"], arn("codepipeline", "*"), sid="Delivery"),
        allow(["codebuild:BatchGetBuilds"], arn("codebuild", "project/*"), sid="Builds"),
        allow(["codecommit:GetBranch", "codecommit:GetRepository"], REPOSITORIES, sid="Repositories"),
    ]


def data_scientist(key_arn: str) -> list[Statement]:
    """Bring data and code, run pipelines, read results; neither infrastructure nor approval."""
    return [
        *_worker(key_arn),
        allow(["codecommit:GitPull", "codecommit:GitPush"], REPOSITORIES, sid="Code"),
        deny(["sagemaker:UpdateModelPackage"], "*", when=DECIDED, sid="NoApproval"),
        deny([*INFRASTRUCTURE, *CATALOG_WRITES], "*", sid="NoInfrastructure"),
    ]


def ml_engineer(key_arn: str) -> list[Statement]:
    """Run projects and decide on model versions; infrastructure only through the catalog."""
    product = arn("catalog", "product/*")
    return [
        *_worker(key_arn),
        allow(["sagemaker:UpdateModelPackage"], *REGISTRY, when=DECIDED, sid="Approve"),
        allow(
            ["codepipeline:PutApprovalResult"],
            RELEASES,
            sid="Release",
        ),
        allow(
            [*CATALOG_WRITES, "servicecatalog:DescribeProduct", "servicecatalog:DescribeProvisioningParameters"],
            product,
            sid="Provision",
        ),
        allow(["servicecatalog:DescribeProvisionedProduct", "servicecatalog:DescribeRecord"], "*", sid="Follow"),
        allow(["servicecatalog:SearchProducts", "servicecatalog:SearchProvisionedProducts"], "*", sid="Find"),
        allow(["servicecatalog:ListLaunchPaths", "servicecatalog:ListProvisioningArtifacts"], product, sid="Versions"),
        allow(["codecommit:GitPull"], REPOSITORIES, sid="Code"),
        allow(
            [
                "cloudformation:DescribeStacks",
                "cloudformation:DescribeStackEvents",
                "cloudformation:ListStackResources",
            ],
            arn("cloudformation", "stack/*"),
            sid="Stacks",
        ),
        allow(["ssm:PutParameter"], arn("ssm", f"parameter{every(PROJECT.deletion_parameter)}"), sid="AskForDeletion"),
        deny(["sagemaker:CreateModelPackage"], "*", sid="ApproverCreatesNone"),
        deny(INFRASTRUCTURE, "*", sid="OnlyTemplates"),
    ]


def manager(key_arn: str) -> list[Statement]:
    """Look at everything, change nothing."""
    return [*reader(key_arn), deny(WRITES, "*", sid="ChangeNothing")]


def _worker(key_arn: str) -> list[Statement]:
    return [
        *reader(key_arn),
        allow(_RUN, *PIPELINES, sid="Run"),
        allow(["s3:PutObject"], *(f"{bucket}/*" for bucket in BUCKETS), sid="Write"),
        allow(_PUT, *(f"{DATASETS}/{it}*" for it in ("datasets/", SOURCES, QUERY_RESULTS)), sid="WriteDatasets"),
        allow(["s3:PutObject"], SIGNED, sid="SignDatasets"),
        allow(["glue:CreateTable"], *TABLES, sid="CatalogDatasets"),
        allow(
            ["sagemaker:AddAssociation", "sagemaker:CreateAction", "sagemaker:CreateArtifact"], *LINEAGE, sid="Trace"
        ),
        *_queries(),
        allow(["kms:GenerateDataKey"], key_arn, sid="Encrypt"),
        allow(["ssm:PutParameter"], arn("ssm", f"parameter{every(PROJECT.latest_dataset_parameter)}"), sid="Announce"),
        allow(["sagemaker:GetRecord", "sagemaker:BatchGetRecord"], arn("sagemaker", "feature-group/*"), sid="Features"),
    ]


def _queries() -> list[Statement]:
    """Ask Athena about data sets, in the work group that keeps the results encrypted, for a week."""
    ask = ["GetQueryExecution", "GetQueryResults", "GetWorkGroup", "StartQueryExecution", "StopQueryExecution"]
    return [
        allow([f"athena:{action}" for action in ask], QUERIES, sid="Query"),
        allow(["s3:GetBucketLocation"], DATASETS, sid="QueryBucket"),
        # Athena looks for the account's default database whatever the query is about
        allow(["glue:GetDatabase"], arn("glue", "database/default"), sid="QueryDefault"),
    ]
