"""What data scientists, ML engineers and managers may do, as statements over every project's resources (requirement 10.4).

A project's resources are recognised by the names of ``mlops.projects.names``: suffixes and the buckets' form. Four eyes by role: nobody
who may start a training, push code or write what a run reads may decide on its model version or release its delivery, nor the other way
round. Each role's denials say so too, so that an Allow that somebody adds changes nothing.
"""

from collections.abc import Sequence

from mlops.bundled.names import PARAMETERS as PROJECTS
from mlops.datasets.registry.names import GLUE_DATABASE, WORKGROUP
from mlops.projects.names import DATA_SCIENTIST, DELETE_KEPT, ML_ENGINEER
from mlops.projects.prefixes import ARTIFACTS, DATA, OWN_ID, written_by
from mlops.projects.prefixes import DATASETS as SHARED
from stacks import names
from stacks.names import PROJECT, arn, bucket_arn, every
from stacks.project.writing import place
from stacks.secure.role import Statement, allow, deny, through_codecommit

TRAINING, INFERENCE = (
    [arn("sagemaker", f"pipeline/{every(name)}{tail}") for tail in ("", "/execution/*")]
    for name in (PROJECT.training_pipeline, PROJECT.inference_pipeline)
)
REGISTRY = [arn("sagemaker", "model-package-group/*"), arn("sagemaker", "model-package/*")]
BUCKETS = [bucket_arn(every(name)) for name in (PROJECT.data_bucket, PROJECT.artifacts_bucket)]
REPOSITORIES = arn("codecommit", every(PROJECT.repository))
RELEASES = arn("codepipeline", f"{every(PROJECT.delivery_pipeline)}/Release/Approve")
DATASETS = bucket_arn(names.DATASETS)  # shared; its settings lie outside datasets/
AUDIT = bucket_arn(names.AUDIT)
NOT_THEIRS = [*(bucket_arn(name) for name in names.PLATFORMS), BUCKETS[1]]  # where people write nothing at all
PLACES = dict(zip((DATA, ARTIFACTS, SHARED), (*BUCKETS, DATASETS), strict=True))
TABLES = [arn("glue", it) for it in ("catalog", f"database/{GLUE_DATABASE}", f"table/{GLUE_DATABASE}/*")]
QUERIES = arn("athena", f"workgroup/{WORKGROUP}")
LINEAGE = [arn("sagemaker", f"{kind}/*") for kind in ("artifact", "action")]
PARAMETERS = arn("ssm", f"parameter{PROJECTS}/*")
LOGS = [arn("logs", f"log-group:/aws/{service}/*") for service in ("sagemaker", "lambda", "codebuild")]
DELETION = arn("lambda", f"function:{DELETE_KEPT}")
_INVOKE = "lambda:InvokeFunction"
DECIDED = {"StringEquals": {"sagemaker:ModelApprovalStatus": ["Approved", "Rejected"]}}
_DELIVERIES = [
    "codepipeline:GetPipeline",
    "codepipeline:GetPipelineExecution",
    "codepipeline:GetPipelineState",
    "codepipeline:ListActionExecutions",
    "codepipeline:ListPipelineExecutions",
]
_START = ["sagemaker:RetryPipelineExecution", "sagemaker:StartPipelineExecution"]
_STOP = ["sagemaker:StopPipelineExecution"]
_DECIDE = ["codepipeline:PutApprovalResult", "sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage"]
_REMOVE = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
_CODE = [
    f"codecommit:{verb}"
    for verb in ("Create*", "Delete*", "GitPush", "Merge*", "OverridePullRequest*", "Put*", "Update*")
]
_FEED = [  # what leads to a training, or tells one what to train on, but for files
    *_CODE,
    "codepipeline:RetryStageExecution",
    "codepipeline:StartPipelineExecution",
    "glue:CreateTable",
    "sagemaker:AddAssociation",
    "sagemaker:CreateAction",
    "sagemaker:CreateArtifact",
    "sagemaker:CreateModelPackage",
    "sagemaker:PutRecord",
]

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
    _INVOKE,
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
    *_CODE,
    "athena:StartQueryExecution",
    "codepipeline:PutApprovalResult",
    "codepipeline:RetryStageExecution",
    "codepipeline:StartPipelineExecution",
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
        allow(["s3:GetBucketPolicy", "s3:ListBucket", "s3:ListBucketVersions"], *BUCKETS, sid="Browse"),
        allow(["s3:GetObject", "s3:GetObjectVersion"], f"{DATASETS}/*", sid="ReadDatasets"),
        allow(["s3:ListBucket"], DATASETS, sid="BrowseDatasets"),
        allow(["s3:GetObject"], f"{AUDIT}/*", sid="ReadAudit"),
        allow(["s3:ListBucket", "s3:ListBucketVersions"], AUDIT, sid="BrowseAudit"),
        allow(["glue:GetDatabase", "glue:GetTable", "glue:GetTables"], *TABLES, sid="ReadTables"),
        allow(["kms:Decrypt"], key_arn, sid="Decrypt"),
        allow(_DELIVERIES, arn("codepipeline", "*"), sid="Delivery"),
        allow(["codepipeline:ListPipelines"], "*", sid="Deliveries"),
        allow(["codebuild:BatchGetBuilds", "codebuild:BatchGetProjects"], arn("codebuild", "project/*"), sid="Builds"),
        allow(["codecommit:GetBranch", "codecommit:GetRepository"], REPOSITORIES, sid="Repositories"),
        allow(["servicecatalog:SearchProvisionedProducts"], "*", sid="Projects"),
        allow(["cloudformation:ListStackResources"], arn("cloudformation", "stack/*"), sid="Inventory"),
    ]


def data_scientist(key_arn: str) -> list[Statement]:
    """Bring data and code, run pipelines, read results; neither infrastructure nor a decision."""
    return [
        *_worker(key_arn, DATA_SCIENTIST),
        allow([*_START, *_STOP], *TRAINING, *INFERENCE, sid="Run"),
        allow(["s3:AbortMultipartUpload"], *_uploads(DATA_SCIENTIST), sid="GiveUp"),
        allow(["glue:CreateTable"], *TABLES, sid="CatalogDatasets"),
        allow(
            ["sagemaker:AddAssociation", "sagemaker:CreateAction", "sagemaker:CreateArtifact"], *LINEAGE, sid="Trace"
        ),
        allow(["codecommit:GitPull", "codecommit:GitPush"], REPOSITORIES, sid="Code"),
        through_codecommit(key_arn),
        deny(_DECIDE, "*", sid="NoDecision"),
        # IAM's * goes on past strokes: mlops-*-data-ACCOUNT/datasets/* is also below mlops-audit-ACCOUNT/x-data-ACCOUNT/datasets/
        deny(["s3:PutObject"], *(f"{bucket}/*" for bucket in NOT_THEIRS), sid="NothingPastTheStroke"),
        deny(_REMOVE, "*", sid="NoRemoval"),
        deny(["ssm:PutParameter"], "*", sid="ChoosesNothing"),
        deny([*INFRASTRUCTURE, *CATALOG_WRITES], "*", sid="NoInfrastructure"),
    ]


def ml_engineer(key_arn: str) -> list[Statement]:
    """Decide on model versions and deliveries, run batches; infrastructure only through the catalog, and nothing that a training reads."""
    product = arn("catalog", "product/*")
    deletion = arn("ssm", f"parameter{every(PROJECT.deletion_parameter)}")
    return [
        *_worker(key_arn, ML_ENGINEER),
        allow(_START, *INFERENCE, sid="Run"),
        allow(_STOP, *TRAINING, *INFERENCE, sid="Stop"),
        allow(["s3:AbortMultipartUpload"], *_uploads(ML_ENGINEER), sid="GiveUp"),
        allow(["sagemaker:UpdateModelPackage"], *REGISTRY, when=DECIDED, sid="Approve"),
        allow(
            ["codepipeline:PutApprovalResult"],
            RELEASES,
            sid="Release",
        ),
        allow(
            [
                "servicecatalog:DescribeProduct",
                "servicecatalog:DescribeProvisioningParameters",
                "servicecatalog:ProvisionProduct",
            ],
            product,
            sid="Provision",
        ),
        # Service Catalog restricts these by no resource, only by who provisioned: all projects are the ML engineers'
        allow(
            ["servicecatalog:TerminateProvisionedProduct", "servicecatalog:UpdateProvisionedProduct"], "*", sid="Change"
        ),
        allow(["servicecatalog:DescribeProvisionedProduct", "servicecatalog:DescribeRecord"], "*", sid="Follow"),
        allow(["servicecatalog:SearchProducts"], "*", sid="Find"),
        allow(["servicecatalog:ListLaunchPaths", "servicecatalog:ListProvisioningArtifacts"], product, sid="Versions"),
        allow(["codecommit:GitPull"], REPOSITORIES, sid="Code"),
        through_codecommit(key_arn),
        allow(
            ["cloudformation:DescribeEvents", "cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents"],
            arn("cloudformation", "stack/*"),
            sid="Stacks",
        ),
        allow(["ssm:PutParameter"], deletion, sid="AskForDeletion"),
        allow(["lambda:InvokeFunction"], DELETION, sid="DeleteKept"),
        *_verifying(),
        _only(_START, *INFERENCE, sid="NoTraining"),
        deny(_FEED, "*", sid="FeedsNoTraining"),
        deny(_REMOVE, "*", sid="NoRemoval"),
        _only(["ssm:PutParameter"], deletion, sid="ChoosesNothing"),
        deny([it for it in INFRASTRUCTURE if it != _INVOKE], "*", sid="OnlyTemplates"),
        _only([_INVOKE], DELETION, sid="CallsNothingElse"),
    ]


def _verifying() -> list[Statement]:
    """See that what a deletion removes is gone, each by its own service, and who uses what; in few words: a role's policy has a limit."""
    look = [
        "cloudformation:ListExports",
        "cloudformation:ListImports",
        "events:DescribeRule",
        "lambda:ListTags",
        "logs:DescribeLogGroups",
        "sns:GetTopicAttributes",
    ]
    return [allow(look, "*", sid="Look"), allow(["iam:GetRole"], arn("iam", "role/mlops-*", region=""), sid="Roles")]


def manager(key_arn: str) -> list[Statement]:
    """Look at everything, change nothing."""
    return [*reader(key_arn), deny(WRITES, "*", sid="ChangeNothing")]


def _worker(key_arn: str, role: str) -> list[Statement]:
    """What both who work with projects may; each writes its own prefixes, and no Allow that somebody adds opens another one."""
    places = _places(role)
    return [
        *reader(key_arn),
        allow(["s3:PutObject"], *places, sid="Write"),
        _only(["s3:PutObject"], *places, sid="WriteNothingElse"),
        *_queries(),
        allow(["kms:GenerateDataKey"], key_arn, sid="Encrypt"),
        allow(["sagemaker:GetRecord", "sagemaker:BatchGetRecord"], arn("sagemaker", "feature-group/*"), sid="Features"),
    ]


def _places(role: str) -> list[str]:
    return [place(PLACES[it.bucket], it) for it in written_by(role, *PLACES)]


def _uploads(role: str) -> list[str]:
    """Where large files go, in parts: not the records below the own id."""
    return [place(PLACES[it.bucket], it) for it in written_by(role, *PLACES) if OWN_ID not in it.pattern]


def _only(actions: Sequence[str], *resources: str, sid: str) -> Statement:
    """The actions on nothing but these resources."""
    return {"Sid": sid, "Effect": "Deny", "Action": sorted(actions), "NotResource": list(resources)}


def _queries() -> list[Statement]:
    """Ask Athena about data sets, in the work group that keeps the results encrypted, for a week."""
    ask = ["GetQueryExecution", "GetQueryResults", "GetWorkGroup", "StartQueryExecution", "StopQueryExecution"]
    return [
        allow([f"athena:{action}" for action in ask], QUERIES, sid="Query"),
        allow(["s3:GetBucketLocation"], DATASETS, sid="QueryBucket"),
        # Athena looks for the account's default database whatever the query is about
        allow(["glue:GetDatabase"], arn("glue", "database/default"), sid="QueryDefault"),
    ]
