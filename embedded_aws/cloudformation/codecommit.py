"""CodeCommit's types."""

from embedded_aws.cloudformation.types import Context, Params, Type, named, without
from embedded_aws.service import Document


def _repository(properties: Params, context: Context) -> Document:
    if properties.get("Triggers"):
        raise ValueError("not supported by the embedded AWS: Triggers of a repository")
    given = without("Code", "Tags", "Triggers")(properties, context)
    return {**given, "Tags": {item["Key"]: item["Value"] for item in properties.get("Tags", [])}}


def _seed(properties: Params, context: Context) -> None:
    """The first commit, from the archive that the template names."""
    code = properties.get("Code")
    if code:
        archive = context.read_object(code["S3"]["Bucket"], code["S3"]["Key"])
        branch, name = code.get("BranchName", "main"), properties["RepositoryName"]
        context.seed_repository(name, archive, branch, context.account, context.region)


def _addresses(_id: str, properties: Params, context: Context) -> Document:
    name = properties["RepositoryName"]
    return {
        "Arn": f"arn:aws:codecommit:{context.region}:{context.account}:{name}",
        "Name": name,
        "CloneUrlHttp": f"https://git-codecommit.{context.region}.amazonaws.com/v1/repos/{name}",
        "CloneUrlSsh": f"ssh://git-codecommit.{context.region}.amazonaws.com/v1/repos/{name}",
    }


CODECOMMIT = (
    Type(
        "AWS::CodeCommit::Repository",
        "codecommit",
        create="CreateRepository",
        update="UpdateRepositoryDescription",
        delete="DeleteRepository",
        reference=lambda _, answer: str(answer["repositoryMetadata"]["repositoryId"]),
        identity=named("RepositoryName"),
        request=_repository,
        complete=_seed,
        change=lambda properties, _: {
            "RepositoryName": properties["RepositoryName"],
            "RepositoryDescription": properties.get("RepositoryDescription", ""),
        },
        attributes=_addresses,
        custom_name="RepositoryName",
        create_only=("RepositoryName",),
    ),
)
