"""The launch role: Service Catalog makes projects with it, so that the people who ask for one need no such rights themselves.

One statement per service; every resource is named by the patterns of ``mlops.projects.names``. Roles can be made only inside the boundary.
"""

from mlops.bundled import alarms as batches
from mlops.projects.packages import functions
from mlops.projects.prefixes import BUILD, DEPLOY
from stacks.constructs import approval, code, delivery_push, drift, notifications, pipelines, registry, rehearsal
from stacks.names import ASSETS, PROJECT, arn, bucket_arn, every
from stacks.secure import Statement, allow
from stacks.secure.role import ROLE_VERBS, through_codecommit

_BUCKETS = [bucket_arn(every(name)) for name in (PROJECT.data_bucket, PROJECT.artifacts_bucket)]
_FUNCTIONS = [arn("lambda", f"function:{every(PROJECT.function(purpose))}") for purpose in functions()]
_RULES = [
    arn("events", f"rule/{every(PROJECT.function(purpose))}")
    for purpose in (
        approval.PURPOSE,
        code.PURPOSE,
        drift.POLICY,
        rehearsal.PURPOSE,
        rehearsal.OVER,
        notifications.RUN_ENDED,
        notifications.DELIVERY_FAILED,
        pipelines.SCHEDULE,
        delivery_push.PUSH,
    )
]
_STACK_LOGS = [arn("logs", f"log-group:/aws/{service}/*") for service in ("lambda", "codebuild")]
_TEMPLATE = {"StringEquals": {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}}
# among them what an encrypted online store takes of whoever makes it (SageMaker's API, OnlineStoreSecurityConfig, KmsKeyId)
_KEY = (
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "ListGrants",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RetireGrant",
    "RevokeGrant",
)
_PASSED = ["codebuild", "codepipeline", "events", "lambda", "sagemaker"]


def launch_statements(key_arn: str, boundary_arn: str) -> list[Statement]:
    """What CloudFormation needs to create, update and delete the products' stacks; see the simulation in tests/security."""
    roles = arn("iam", "role/mlops-*", region="")
    return [
        *_stack(),
        *_storage(key_arn),
        *_roles(roles, boundary_arn),
        *_sagemaker(),
        *_compute(),
        *_monitoring(),
        *_delivery(),
    ]


def _stack() -> list[Statement]:
    actions = [
        "CreateStack",
        "UpdateStack",
        "DeleteStack",
        "DescribeStacks",
        "DescribeStackEvents",
        "SetStackPolicy",
    ]
    return [
        allow([f"cloudformation:{name}" for name in actions], arn("cloudformation", "stack/SC-*"), sid="Stack"),
        allow(["cloudformation:GetTemplateSummary", "cloudformation:ValidateTemplate"], "*", sid="Template"),
        allow(["s3:GetObject", "s3:GetObjectVersion"], f"{bucket_arn(ASSETS)}/*", sid="Assets"),
        # Service Catalog keeps copies of templates in a bucket of its own, whose name nobody knows before
        allow(["s3:GetObject"], "*", when=_TEMPLATE, sid="CatalogTemplates"),
    ]


def _storage(key_arn: str) -> list[Statement]:
    bucket = [
        "s3:CreateBucket",
        "s3:DeleteBucket",
        "s3:DeleteBucketPolicy",
        "s3:GetBucketPolicy",
        "s3:ListBucket",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:PutBucketLogging",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketTagging",
        "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
    ]
    objects = [f"{item}/*" for item in _BUCKETS]
    return [
        allow(bucket, *_BUCKETS, *objects, sid="Buckets"),
        allow([f"kms:{verb}" for verb in _KEY], key_arn, sid="Key"),
        allow(["kms:ListAliases"], "*", sid="KeyNames"),
        through_codecommit(key_arn),
    ]


def _roles(roles: str, boundary_arn: str) -> list[Statement]:
    bounded = {"StringEquals": {"iam:PermissionsBoundary": boundary_arn}}
    services = {"StringEquals": {"iam:PassedToService": [f"{service}.amazonaws.com" for service in _PASSED]}}
    return [
        allow(["iam:CreateRole", "iam:PutRolePolicy"], roles, when=bounded, sid="BoundedRoles"),
        allow(ROLE_VERBS, roles, sid="Roles"),
        allow(["iam:PassRole"], roles, when=services, sid="PassRoles"),
    ]


def _sagemaker() -> list[Statement]:
    kinds = {
        "Pipeline": (f"pipeline/{every(PROJECT.training_pipeline)}", f"pipeline/{every(PROJECT.inference_pipeline)}"),
        "ModelPackageGroup": (f"model-package-group/{every(PROJECT.model_group)}",),
        "FeatureGroup": (f"feature-group/{every(registry.FEATURE_GROUP)}",),
    }
    found = []
    for kind, resources in kinds.items():
        verbs = ["Create", "Delete", "Describe", *([] if kind == "ModelPackageGroup" else ["Update"])]
        arns = [arn("sagemaker", item) for item in resources]
        found.append(
            allow(
                [
                    *(f"sagemaker:{verb}{kind}" for verb in verbs),
                    "sagemaker:AddTags",
                    "sagemaker:DeleteTags",
                    "sagemaker:ListTags",
                ],
                *arns,
                sid=f"{kind}s",
            )
        )
    verbs = ["glue:CreateDatabase", "glue:CreateTable", "glue:GetDatabase", "glue:GetTable"]
    return [*found, allow(verbs, *registry.OFFLINE_STORE, sid="OfflineStore")]


def _compute() -> list[Statement]:
    actions = [
        "AddPermission",
        "CreateFunction",
        "DeleteFunction",
        "GetFunction",
        "GetFunctionCodeSigningConfig",
        "GetFunctionRecursionConfig",
        "GetRuntimeManagementConfig",
        "InvokeFunction",
        "RemovePermission",
        "TagResource",
        "UntagResource",
        "UpdateFunctionCode",
        "UpdateFunctionConfiguration",
        "GetPolicy",
    ]
    return [allow([f"lambda:{name}" for name in actions], *_FUNCTIONS, sid="Functions")]


def _monitoring() -> list[Statement]:
    logs = [
        "AssociateKmsKey",
        "CreateLogGroup",
        "DeleteLogGroup",
        "DeleteRetentionPolicy",
        "DisassociateKmsKey",
        "ListTagsForResource",
        "PutRetentionPolicy",
        "TagResource",
        "UntagResource",
    ]
    alarms = ["DeleteAlarms", "DescribeAlarms", "ListTagsForResource", "PutMetricAlarm", "TagResource", "UntagResource"]
    rules = [
        "DeleteRule",
        "DescribeRule",
        "ListTargetsByRule",
        "PutRule",
        "PutTargets",
        "RemoveTargets",
        "TagResource",
        "UntagResource",
        "ListTagsForResource",
    ]
    topics = [
        "CreateTopic",
        "DeleteTopic",
        "GetTopicAttributes",
        "ListSubscriptionsByTopic",
        "ListTagsForResource",
        "SetTopicAttributes",
        "Subscribe",
        "TagResource",
        "UntagResource",
    ]
    # these have no resource types: on an ARN they would allow nothing
    anywhere = [
        "logs:DescribeLogGroups",
        "sns:GetSubscriptionAttributes",
        "sns:SetSubscriptionAttributes",
        "sns:Unsubscribe",
    ]
    return [
        allow([f"logs:{name}" for name in logs], *_STACK_LOGS, sid="LogGroups"),
        allow(
            [f"cloudwatch:{name}" for name in alarms],
            *(
                arn("cloudwatch", f"alarm:{row.name('*', rehearsal=played)}")
                for row in batches.ALARMS
                for played in (False, True)
            ),
            sid="Alarms",
        ),
        # projects had one each, which goes with their next upgrade
        allow(["cloudwatch:DeleteDashboards"], arn("cloudwatch", "dashboard/*", region=""), sid="FormerDashboards"),
        allow([f"events:{name}" for name in rules], *_RULES, sid="Rules"),
        allow([f"sns:{name}" for name in topics], arn("sns", every(PROJECT.topic)), sid="Topics"),
        allow(anywhere, "*", sid="WithoutResource"),
    ]


def _delivery() -> list[Statement]:
    repository = [
        "CreateCommit",
        "CreateRepository",
        "DeleteRepository",
        "GetBranch",
        "GetRepository",
        "ListTagsForResource",
        "TagResource",
        "UntagResource",
        "UpdateRepositoryDescription",
        "UpdateRepositoryEncryptionKey",
        "UpdateRepositoryName",
        "CreateBranch",
        "GitPush",
    ]
    pipeline = [
        "CreatePipeline",
        "DeletePipeline",
        "GetPipeline",
        "GetPipelineState",
        "ListTagsForResource",
        "TagResource",
        "UntagResource",
        "UpdatePipeline",
    ]
    builds = [arn("codebuild", f"project/{every(PROJECT.function(kind))}") for kind in (BUILD, DEPLOY)]
    return [
        allow(["codecommit:ListRepositories"], "*", sid="AllRepositories"),
        allow(
            [f"codecommit:{name}" for name in repository],
            arn("codecommit", every(PROJECT.repository)),
            sid="Repositories",
        ),
        allow(
            [f"codepipeline:{name}" for name in pipeline],
            arn("codepipeline", every(PROJECT.delivery_pipeline)),
            sid="DeliveryPipelines",
        ),
        allow(
            [
                "codebuild:BatchGetProjects",
                "codebuild:CreateProject",
                "codebuild:DeleteProject",
                "codebuild:UpdateProject",
            ],
            *builds,
            sid="Builds",
        ),
        allow(
            ["codeconnections:PassConnection", "codeconnections:UseConnection"],
            arn("codeconnections", "connection/*"),
            sid="Connections",
        ),
    ]
