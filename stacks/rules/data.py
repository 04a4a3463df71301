"""Rules on whatever can hold patient data: encryption with the customer's key everywhere, privacy, logs, versions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stacks.rules.findings import Finding, Template, resources, text
from stacks.rules.secrets import looks_secret

# type -> paths of the property that names the customer's key
_KEYS: Mapping[str, tuple[str, ...]] = {
    "AWS::CodeBuild::Project": ("EncryptionKey",),
    "AWS::CodeCommit::Repository": ("KmsKeyId",),
    "AWS::CodePipeline::Pipeline": ("ArtifactStore.EncryptionKey.Id",),
    "AWS::Lambda::Function": ("KmsKeyArn",),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::SageMaker::FeatureGroup": (
        "OnlineStoreConfig.SecurityConfig.KmsKeyId",
        "OfflineStoreConfig.S3StorageConfig.KmsKeyId",
    ),
    "AWS::DynamoDB::Table": ("SSESpecification.KMSMasterKeyId",),
    "AWS::EC2::Volume": ("KmsKeyId",),
    "AWS::EFS::FileSystem": ("KmsKeyId",),
    "AWS::SageMaker::NotebookInstance": ("KmsKeyId",),
    "AWS::SageMaker::Domain": ("KmsKeyId",),
    "AWS::SageMaker::EndpointConfig": ("KmsKeyId",),
    "AWS::SecretsManager::Secret": ("KmsKeyId",),
    "AWS::RDS::DBInstance": ("KmsKeyId",),
}
_KEEPING = {"Retain", "RetainExceptOnCreate"}
_PRIVATE = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def customer_key(template: Template) -> Iterator[Finding]:
    """Every property that names a key is set, and to a key of the customer's."""
    for kind, paths in _KEYS.items():
        for logical_id, properties in resources(template, kind):
            for path in paths:
                key = text(_at(properties, path))
                if not key or key == "None" or "alias/aws/" in key:
                    yield Finding("customer-key", logical_id, f"{path} names no customer-managed key")


def rotating_key(template: Template) -> Iterator[Finding]:
    """Keys rotate and survive their stack."""
    for logical_id, properties in resources(template, "AWS::KMS::Key"):
        if properties.get("EnableKeyRotation") is not True:
            yield Finding("rotating-key", logical_id, "EnableKeyRotation is not on")
        if template["Resources"][logical_id].get("DeletionPolicy") != "Retain":
            yield Finding("rotating-key", logical_id, "would be deleted with its stack, and all data with it")


def kept_code(template: Template) -> Iterator[Finding]:
    """A project's repository survives its stack: nobody else may have what a team has pushed."""
    if "SageMakerProjectName" not in template.get("Parameters", {}):
        return
    for logical_id, _ in resources(template, "AWS::CodeCommit::Repository"):
        if template["Resources"][logical_id].get("DeletionPolicy") not in _KEEPING:
            yield Finding("kept-code", logical_id, "would be deleted with its stack")


def private_bucket(template: Template) -> Iterator[Finding]:
    """Buckets: no public access, versioned, logged, encrypted, kept."""
    for logical_id, properties in resources(template, "AWS::S3::Bucket"):
        block = properties.get("PublicAccessBlockConfiguration", {})
        if not all(block.get(name) is True for name in _PRIVATE):
            yield Finding("private-bucket", logical_id, "PublicAccessBlockConfiguration is not complete")
        if properties.get("VersioningConfiguration", {}).get("Status") != "Enabled":
            yield Finding("private-bucket", logical_id, "is not versioned")
        if not properties.get("BucketEncryption"):
            yield Finding("private-bucket", logical_id, "has no encryption")
        if properties.get("WebsiteConfiguration") or text(properties.get("AccessControl", "Private")).startswith(
            "Public"
        ):
            yield Finding("private-bucket", logical_id, "is a website or has a public ACL")
        if not properties.get("LoggingConfiguration") and not _takes_logs(template, logical_id):
            yield Finding("private-bucket", logical_id, "has no access log")
        if template["Resources"][logical_id].get("DeletionPolicy") not in _KEEPING:
            yield Finding("private-bucket", logical_id, "would be deleted with its stack")


def only_its_key(template: Template) -> Iterator[Finding]:
    """Buckets with the customer's key take nothing under another one: a write's headers go before the bucket's default."""
    for logical_id, properties in resources(template, "AWS::S3::Bucket"):
        keys = [rule.get("ServerSideEncryptionByDefault", {}) for rule in _encryptions(properties)]
        if any(it.get("SSEAlgorithm") == "AES256" for it in keys):
            continue  # of access logs alone, see private-bucket
        denied = [it.get("Condition", {}) for it in _write_denials(template, logical_id)]
        for what, wanted in _other_keys([it.get("KMSMasterKeyID") for it in keys]):
            if wanted not in denied:
                yield Finding("only-its-key", logical_id, f"its policy does not deny writes with {what}")


def _encryptions(properties: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", []))


def _write_denials(template: Template, bucket: str) -> Iterator[Mapping[str, Any]]:
    """Statements that hold for everybody and every object of the bucket."""
    for _, properties in resources(template, "AWS::S3::BucketPolicy"):
        if f"'{bucket}'" not in str(properties.get("Bucket")):
            continue
        for it in properties.get("PolicyDocument", {}).get("Statement", []):
            everybody = it.get("Principal") in ("*", {"AWS": "*"}) and it.get("Action") in ("s3:PutObject", "s3:*")
            if it.get("Effect") == "Deny" and everybody and text(it.get("Resource")).endswith("*"):
                yield it


def _other_keys(own: Sequence[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(what a write names, the condition that sees it); ``own`` is the key of the bucket's default."""
    key, kind = own[0] if own else None, "s3:x-amz-server-side-encryption"
    named = f"{kind}-aws-kms-key-id"
    yield "another kind of encryption", {"Null": {kind: "false"}, "StringNotEquals": {kind: "aws:kms"}}
    yield "a kind of encryption and not its key", {"Null": {kind: "false"}, "StringNotEquals": {named: key}}
    yield "another key", {"Null": {named: "false"}, "StringNotEquals": {named: key}}
    yield "a key of the caller's", {"Null": {f"{kind}-customer-algorithm": "false"}}


def tls_only(template: Template) -> Iterator[Finding]:
    """Every bucket and topic denies requests without TLS."""
    for kind, policy, member in (
        ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "Bucket"),
        ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "Topics"),
        ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues"),
    ):
        guarded = {
            str(properties.get(member))
            for _, properties in resources(template, policy)
            if "aws:SecureTransport" in str(properties.get("PolicyDocument"))
        }
        for logical_id, _ in resources(template, kind):
            if not any(f"'{logical_id}'" in item for item in guarded):
                yield Finding("tls-only", logical_id, "no policy denies requests without TLS")


def no_secret(template: Template) -> Iterator[Finding]:
    """No literal secret in a function's or a build's environment, in a parameter's default, or anywhere else in a text."""
    for logical_id, properties in resources(template, "AWS::Lambda::Function"):
        variables = properties.get("Environment", {}).get("Variables", {})
        yield from _secrets(logical_id, variables)
    for logical_id, properties in resources(template, "AWS::CodeBuild::Project"):
        items = properties.get("Environment", {}).get("EnvironmentVariables", [])
        yield from _secrets(
            logical_id, {item["Name"]: item["Value"] for item in items if item.get("Type") in {None, "PLAINTEXT"}}
        )
    for name, parameter in template.get("Parameters", {}).items():
        yield from _secrets(name, {name: parameter.get("Default")})
    for section, members in template.items():
        for name, member in members.items() if isinstance(members, Mapping) else [(section, members)]:
            if any(looks_secret("", found) for found in _texts(member)):
                yield Finding("no-secret", name, "a text holds a secret: read it from Secrets Manager")


def _texts(value: Any) -> Iterator[str]:
    """All texts of a part of a template, what is joined in one piece."""
    if isinstance(value, Mapping):
        if set(value) == {"Fn::Join"}:
            yield text(value)
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _secrets(logical_id: str, values: Mapping[str, Any]) -> Iterator[Finding]:
    for name, value in values.items():
        if isinstance(value, str) and looks_secret(name, value):
            yield Finding("no-secret", logical_id, f"{name} holds a secret: read it from Secrets Manager")


def _takes_logs(template: Template, logical_id: str) -> bool:
    return any(
        "logging.s3.amazonaws.com" in str(properties) and f"'{logical_id}'" in str(properties.get("Bucket"))
        for _, properties in resources(template, "AWS::S3::BucketPolicy")
    )


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
