"""CodePipeline's types."""

from embedded_aws.cloudformation.types import Context, Params, Type, without
from embedded_aws.service import Document


def _pipeline(properties: Params, context: Context) -> Document:
    given = without("Tags", "RestartExecutionOnUpdate")(properties, context)
    return {"Pipeline": {"Version": 1, **given}, "Tags": list(properties.get("Tags", []))}


CODEPIPELINE = (
    Type(
        "AWS::CodePipeline::Pipeline",
        "codepipeline",
        create="CreatePipeline",
        update="UpdatePipeline",
        delete="DeletePipeline",
        reference=lambda _, answer: str(answer["pipeline"]["name"]),
        identity=lambda name, _: {"Name": name},
        request=_pipeline,
        change=lambda properties, context: {"Pipeline": _pipeline(properties, context)["Pipeline"]},
        custom_name="Name",
        create_only=("Name",),
    ),
)
