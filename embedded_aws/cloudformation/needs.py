"""Which calls CloudFormation makes for a resource, of those that the registry lists for its type's handlers.

A handler's list names everything that it may ever call; what belongs to a property that the template does not use is not called.
``_ONLY_WITH`` says so for the types of this platform's templates. Of other types the one call counts that makes, changes or removes
the resource.
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from embedded_aws.cloudformation.registry import permissions
from embedded_aws.iam.reference import find, known_service

Params = Mapping[str, Any]
_NEVER: tuple[str, ...] = ()
# type -> pattern of actions -> properties of which one must be there; none: for what cannot be made here
_ONLY_WITH: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "AWS::Athena::WorkGroup": {
        "s3:*": _NEVER,
        "iam:*": _NEVER,
    },  # for the query that an administrator runs, not for the group
    "AWS::Budgets::Budget": {"budgets:*Tag*": ("ResourceTags",), "billing:GetBillingViewData": _NEVER},
    "AWS::CloudWatch::Alarm": {},
    "AWS::CloudWatch::Dashboard": {},
    "AWS::CodeCommit::Repository": {
        "*Triggers": ("Triggers",),
        "codecommit:CreateCommit": ("Code",),
        "codecommit:UpdateRepositoryName": _NEVER,  # the name is create-only
        "codecommit:UpdateRepositoryDescription": ("RepositoryDescription",),
        "codecommit:UpdateRepositoryEncryptionKey": ("KmsKeyId",),
    },
    "AWS::CodePipeline::Pipeline": {
        "*StageTransition": ("DisableInboundStageTransitions",),
        "codepipeline:StartPipelineExecution": ("RestartExecutionOnUpdate",),
        "codestar-connections:*": _NEVER,
        "iam:GetRole": _NEVER,
    },
    "AWS::EC2::FlowLog": {
        "autoscaling:*": _NEVER,
        "iam:CreateServiceLinkedRole": _NEVER,
        "logs:*": _NEVER,
        "s3:*": ("LogDestination",),
    },
    "AWS::EC2::RouteTable": {},
    "AWS::EC2::SecurityGroup": {
        "*Egress": ("SecurityGroupEgress",),
        "*Ingress": ("SecurityGroupIngress",),
        "ec2:DescribeInstances": _NEVER,
    },
    "AWS::EC2::Subnet": {"*CidrBlock": ("Ipv6CidrBlock", "Ipv6CidrBlocks"), "*Attribute": ("MapPublicIpOnLaunch",)},
    "AWS::EC2::SubnetRouteTableAssociation": {"ec2:ReplaceRouteTableAssociation": _NEVER},
    "AWS::EC2::VPC": {
        "ec2:CreateVpcEncryptionControl": _NEVER,
        "*VpcAttribute": ("EnableDnsHostnames", "EnableDnsSupport"),
        "*Tenancy": _NEVER,
    },
    "AWS::EC2::VPCEndpoint": {"vpc-lattice:*": _NEVER, "vpce:*": _NEVER},
    "AWS::Events::Rule": {"*Targets*": ("Targets",)},
    "AWS::Glue::Database": {"*Connection": _NEVER, "lakeformation:*": _NEVER},
    "AWS::IAM::ManagedPolicy": {
        "*GroupPolicy": ("Groups",),
        "*RolePolicy": ("Roles",),
        "*UserPolicy": ("Users",),
        "iam:DeletePolicyVersion": _NEVER,
    },
    "AWS::IAM::Role": {
        "iam:AttachRolePolicy": ("ManagedPolicyArns",),
        "iam:DetachRolePolicy": ("ManagedPolicyArns",),
        "iam:*RolePermissionsBoundary": _NEVER,  # see _REPLACED
        "iam:UpdateRoleDescription": ("Description",),
        "iam:*etRolePolicy": ("Policies",),
        "iam:*utRolePolicy": ("Policies",),
        "iam:DeleteRolePolicy": ("Policies",),
    },
    "AWS::KMS::Alias": {},
    "AWS::KMS::Key": {
        "kms:EnableKeyRotation": ("EnableKeyRotation",),
        "kms:DisableKeyRotation": _NEVER,
        "kms:*ableKey": _NEVER,
    },
    "AWS::Lambda::Function": {
        "ec2:*": ("VpcConfig",),
        "elasticfilesystem:*": ("FileSystemConfigs",),
        "s3files:*": _NEVER,
        "lambda:GetCodeSigningConfig": ("CodeSigningConfigArn",),
        "lambda:*tFunctionCodeSigningConfig": ("CodeSigningConfigArn",),
        "lambda:GetLayerVersion": ("Layers",),
        "lambda:PassCapacityProvider": ("CapacityProviderConfig",),
        "lambda:*tFunctionConcurrency": ("ReservedConcurrentExecutions",),
        "lambda:*tFunctionRecursionConfig": ("RecursiveLoop",),
        "lambda:*tFunctionScalingConfig": ("FunctionScalingConfig",),
        "lambda:*tRuntimeManagementConfig": ("RuntimeManagementConfig",),
        "lambda:PublishVersion": _NEVER,
    },
    "AWS::Lambda::Permission": {},
    "AWS::Logs::LogGroup": {
        "firehose:*": _NEVER,
        "s3:*": _NEVER,
        "logs:*IndexPolic*": ("FieldIndexPolicies",),
        "logs:*ResourcePolic*": ("ResourcePolicyDocument",),
        "logs:*DataProtectionPolicy": ("DataProtectionPolicy",),
        "logs:CreateLogDelivery": _NEVER,
        "logs:PutBearerTokenAuthentication": ("BearerTokenAuthenticationEnabled",),
        "logs:PutLogGroupDeletionProtection": ("DeletionProtectionEnabled",),
        "logs:*RetentionPolicy": ("RetentionInDays",),
        "logs:AssociateKmsKey": ("KmsKeyId",),
        "logs:DisassociateKmsKey": _NEVER,
    },
    "AWS::S3::Bucket": {
        "s3tables:*": ("MetadataConfiguration", "MetadataTableConfiguration"),
        "*Metadata*": ("MetadataConfiguration", "MetadataTableConfiguration"),
        "s3:PutAccelerateConfiguration": ("AccelerateConfiguration",),
        "s3:PutAnalyticsConfiguration": ("AnalyticsConfigurations",),
        "s3:PutBucketAbac": ("AbacStatus",),
        "s3:PutBucketAcl": ("AccessControl",),
        "s3:GetBucketAcl": ("AccessControl",),
        "s3:PutBucketCORS": ("CorsConfiguration",),
        "s3:PutBucketLogging": ("LoggingConfiguration",),
        "s3:PutBucketNotification": ("NotificationConfiguration",),
        "s3:Put*ObjectLockConfiguration": ("ObjectLockEnabled", "ObjectLockConfiguration"),
        "s3:PutBucketOwnershipControls": ("OwnershipControls",),
        "s3:PutBucketPublicAccessBlock": ("PublicAccessBlockConfiguration",),
        "s3:PutReplicationConfiguration": ("ReplicationConfiguration",),
        "s3:PutBucketVersioning": ("VersioningConfiguration",),
        "s3:PutBucketWebsite": ("WebsiteConfiguration",),
        "s3:PutEncryptionConfiguration": ("BucketEncryption",),
        "s3:PutIntelligentTieringConfiguration": ("IntelligentTieringConfigurations",),
        "s3:PutInventoryConfiguration": ("InventoryConfigurations",),
        "s3:PutLifecycleConfiguration": ("LifecycleConfiguration",),
        "s3:PutMetricsConfiguration": ("MetricsConfigurations",),
        "s3:PutObjectAcl": _NEVER,
        "s3:DeleteObject": _NEVER,
        "s3:TagResource": _NEVER,  # of buckets in account regional namespaces; PutBucketTagging is asked
    },
    "AWS::S3::BucketPolicy": {},
    "AWS::SNS::Subscription": {"iam:*": ("SubscriptionRoleArn",)},
    "AWS::SNS::Topic": {
        "iam:*": _NEVER,
        "sns:*DataProtectionPolicy": ("DataProtectionPolicy",),
        "sns:*ubscribe": ("Subscription",),
    },
    "AWS::SNS::TopicPolicy": {},
    "AWS::SageMaker::FeatureGroup": {"glue:*": ("OfflineStoreConfig",)},
    "AWS::SageMaker::MlflowApp": {},
    "AWS::SageMaker::ModelPackageGroup": {"*ModelPackageGroupPolicy": ("ModelPackageGroupPolicy",)},
    "AWS::SageMaker::Pipeline": {},
    "AWS::ServiceCatalog::CloudFormationProduct": {
        "codestar-connections:*": ("SourceConnection",),
        "cloudformation:GetTemplate": _NEVER,
        "*ServiceAction*": _NEVER,
        "servicecatalog:UpdateProvisioningArtifact": _NEVER,
    },
    "AWS::ServiceCatalog::LaunchRoleConstraint": {"iam:GetRole": _NEVER},
    "AWS::ServiceCatalog::Portfolio": {},
    "AWS::ServiceCatalog::PortfolioPrincipalAssociation": {"iam:*": _NEVER},
    "AWS::ServiceCatalog::PortfolioProductAssociation": {},
}
_OLDER = {  # types that the registry has without handlers: the calls of their service's API
    "AWS::CodeBuild::Project": {
        "create": ("codebuild:CreateProject", "iam:PassRole"),
        "update": ("codebuild:UpdateProject", "iam:PassRole"),
        "delete": ("codebuild:DeleteProject",),
    },
}
# what a page of AWS asks of whoever creates a resource with a property, beyond the handler's list: type -> (property, actions)
_ALSO = {
    "AWS::SageMaker::FeatureGroup": (  # SageMaker's API, OnlineStoreSecurityConfig: KmsKeyId
        "OnlineStoreConfig",
        (
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:ListAliases",
            "kms:ListGrants",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
            "kms:RetireGrant",
            "kms:RevokeGrant",
        ),
    ),
}
_TAGGING = re.compile(r":(Tag|AddTags|CreateTags|PutBucketTagging)")
_UNTAGGING = re.compile(r":(Untag|DeleteTags)")
_REMOVING = re.compile(r":(Delete|Remove|Detach|Disassociate|Disable|Revoke|Unsubscribe)")  # within an update
_VERBS = {
    "create": "Create|Put|Register|Run|Allocate|Add",
    "update": "Update|Put|Modify|Set",
    "delete": "Delete|Remove|Deregister|Release|Terminate",
}


def actions(type_name: str, handler: str, properties: Params, before: Params | None = None) -> Iterator[str]:
    """What a handler calls for these properties; ``before``: those that an update replaces."""
    known = _OLDER.get(type_name, {}).get(handler) or permissions(type_name, handler)
    if type_name not in _ONLY_WITH and type_name not in _OLDER:
        yield from _principal(type_name, handler, known)
        return
    changed = _changed(properties, before) if handler == "update" else properties
    name, more = _ALSO.get(type_name, ("", ()))
    if handler == "create" and name in properties:
        yield from (it for it in more if it not in known)
    for action in known:
        if known_service(action.partition(":")[0]) and find(action) is None:
            continue  # the registry lists a few names that IAM does not know: no policy can allow them
        if _called(type_name, handler, action, changed):
            yield action


def _called(type_name: str, handler: str, action: str, used: Params) -> bool:
    for pattern, names in _ONLY_WITH.get(type_name, {}).items():
        if fnmatchcase(action, pattern):
            return any(name in used for name in names) and not (handler == "update" and _REMOVING.search(action))
    if _TAGGING.search(action):
        return handler != "delete" and bool(tags(used))
    if _UNTAGGING.search(action):
        return False  # the tags that a template drops; not told apart here
    return not (handler == "update" and _REMOVING.search(action))


def tags(properties: Params) -> dict[str, str]:
    """Tags that somebody wrote; those that CloudFormation adds for itself take no right."""
    given = properties.get("Tags") or {}
    pairs = given.items() if isinstance(given, Mapping) else [(it.get("Key", ""), it.get("Value", "")) for it in given]
    return {str(key): str(value) for key, value in pairs if not str(key).startswith("aws:")}


def _changed(properties: Params, before: Params | None) -> dict[str, Any]:
    old = before or {}
    return {name: item for name, item in properties.items() if old.get(name) != item}


def _principal(type_name: str, handler: str, known: tuple[str, ...]) -> Iterator[str]:
    """The call that makes, changes or removes the resource itself, where the handler's list tells."""
    kind = type_name.rpartition("::")[2]
    wanted = re.compile(rf"[^:]+:({_VERBS[handler]})(\w*)", re.IGNORECASE)
    for action in known:
        match = wanted.fullmatch(action)
        if match and match[2].lower() == kind.lower():
            yield action
