"""The platform's settings: one typed object from cdk.json's context ``mlops``, validated before any construct exists."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mlops.errors import RefusedInput

# what ``cdk`` itself would set from cdk.json, so that ``python app.py`` writes the same assembly
CONTEXT_FLAGS: dict[str, Any] = {
    "aws:cdk:enable-path-metadata": False,
    "aws:cdk:enable-asset-metadata": False,
    "aws:cdk:version-reporting": False,
    "@aws-cdk/core:validateAgainstDefaultRules": True,
    "@aws-cdk/aws-iam:minimizePolicies": True,
}

_CDK_JSON = Path(__file__).resolve().parents[1] / "cdk.json"
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
Version = Annotated[str, Field(pattern=r"^v[1-9][0-9]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Network(_Strict):
    """The private network that jobs run in."""

    enabled: bool = True
    cidr: Annotated[str, Field(pattern=r"^10\.\d{1,3}\.\d{1,3}\.0/(1[6-9]|2[0-2])$")] = "10.20.0.0/20"
    endpoints: tuple[Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")], ...] = (
        "kms",
        "logs",
        "monitoring",
        "sagemaker.api",
        "sts",
    )


class ProductVersions(_Strict):
    """Versions of one Service Catalog product: the one that is being developed, and the published ones."""

    current: Version = "v1"
    published: tuple[Version, ...] = ()


class Settings(_Strict):
    """What a company can choose; defaults suit health data."""

    source: Literal["codecommit", "codeconnections"] = "codecommit"
    connection_arn: Annotated[str, Field(pattern=r"^(arn:aws[a-z-]*:code(connections|star-connections):.+)?$")] = ""
    repository: Annotated[str, Field(pattern=r"^([\w.-]+/[\w.-]+)?$")] = ""
    network: Network = Network()
    mlflow: bool = True
    retention_days: Literal[30, 90, 180, 365, 731, 1827, 3653] = 365
    operations_email: Email | None = None
    permissions_boundary: Annotated[str, Field(pattern=r"^([\w+=,.@/-]{1,128})?$")] = ""
    studio_role: Annotated[str, Field(pattern=r"^[\w+=,.@-]{0,64}$")] = ""
    products: dict[Literal["ml-project", "training-only", "inference-only"], ProductVersions] = Field(
        default_factory=dict
    )

    @staticmethod
    def load(path: Path = _CDK_JSON) -> "Settings":
        """The settings in cdk.json: ``cdk synth`` and ``python app.py`` read the same ones."""
        return Settings.from_context(json.loads(path.read_text())["context"]["mlops"])

    @staticmethod
    def from_context(context: Mapping[str, Any] | None) -> "Settings":
        """Validated settings.

        Raises:
            RefusedInput: a setting is unknown or has a wrong value; the message names each.
        """
        try:
            settings = Settings.model_validate(dict(context or {}))
        except ValidationError as error:
            found = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
            raise RefusedInput(f"cdk.json, context mlops: {'; '.join(found)}") from None
        if settings.source == "codeconnections" and not (settings.connection_arn and settings.repository):
            raise RefusedInput(
                "cdk.json, context mlops: source codeconnections needs connection_arn and repository (owner/name)"
            )
        return settings
