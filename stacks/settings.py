"""The platform's settings: one typed object from cdk.json's context ``mlops``, validated before any construct exists."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from mlops.errors import RefusedInput
from mlops.projects import products

# what ``cdk`` itself would set from cdk.json, so that ``python app.py`` writes the same assembly
CONTEXT_FLAGS: dict[str, Any] = {
    "aws:cdk:enable-path-metadata": False,
    "aws:cdk:enable-asset-metadata": False,
    "aws:cdk:version-reporting": False,
    "@aws-cdk/core:validateAgainstDefaultRules": True,
    "@aws-cdk/aws-iam:minimizePolicies": True,
}

CDK_JSON = Path(__file__).resolve().parents[1] / "cdk.json"
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
Version = Annotated[str, Field(pattern=r"^v[1-9][0-9]*$")]


def _offered(key: str) -> str:
    if key not in products.titles():
        *some, last = map(repr, products.titles())
        raise PydanticCustomError("product", f"Input should be {', '.join(some)} or {last}")
    return key


ProductKey = Annotated[str, AfterValidator(_offered)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Network(_Strict):
    """The private network that jobs run in."""

    enabled: bool = True
    cidr: Annotated[str, Field(pattern=r"^10\.\d{1,3}\.\d{1,3}\.0/(1[6-9]|2[0-2])$")] = "10.20.0.0/20"
    # of interfaces, each with a price by the hour; isolated jobs can use none
    endpoints: tuple[Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")], ...] = ()


class ProductVersions(_Strict):
    """Versions of one Service Catalog product: the one that is being developed, and the published ones."""

    current: Version = "v1"
    published: tuple[Version, ...] = ()

    @model_validator(mode="after")
    def _grow(self) -> "ProductVersions":
        """Each version comes after the one before it; so none has two templates."""
        numbers = [int(version[1:]) for version in (*self.published, self.current)]
        if numbers != sorted(set(numbers)):
            order = ", ".join([*self.published, self.current])
            raise PydanticCustomError("versions", f"published, then current must be in order, each once, not {order}")
        return self

    @property
    def following(self) -> "ProductVersions":
        """The versions once the current one is published."""
        return ProductVersions(current=f"v{int(self.current[1:]) + 1}", published=(*self.published, self.current))


class Settings(_Strict):
    """What a company can choose; defaults suit health data."""

    # the account's one region; with it, a synthesis for another one is refused, and not only its deployment
    region: Annotated[str, Field(pattern=r"^([a-z]{2,4}(-[a-z]+)+-[0-9]+)?$")] = ""
    source: Literal["codecommit", "codeconnections"] = "codecommit"
    connection_arn: Annotated[str, Field(pattern=r"^(arn:aws[a-z-]*:code(connections|star-connections):.+)?$")] = ""
    repository: Annotated[str, Field(pattern=r"^([\w.-]+/[\w.-]+)?$")] = ""
    network: Network = Network()
    mlflow: bool = True
    retention_days: Literal[30, 90, 180, 365, 731, 1827, 3653] = 365
    operations_email: Email | None = None
    # US dollars a month that the account may cost before a message says so; 0 for no budget
    monthly_budget: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] = 100
    permissions_boundary: Annotated[str, Field(pattern=r"^([\w+=,.@/-]{1,128})?$")] = ""
    studio_role: Annotated[str, Field(pattern=r"^[\w+=,.@-]{0,64}$")] = ""
    products: dict[ProductKey, ProductVersions] = Field(default_factory=dict)
    # offer the version that is being developed too; it changes under projects that were made from it
    development_versions: bool = False

    def require_region(self, region: str) -> None:
        """Refuse a synthesis for another region than the setting names; ``region`` is what ``cdk`` says, empty where it says nothing.

        Raises:
            RefusedInput: names both.
        """
        if self.region and region and region != self.region:
            raise RefusedInput(
                f"synthesized for {region}, but the platform is in {self.region} (cdk.json, context mlops: region): "
                "one region an account, since names of roles and buckets are the account's"
            )

    def offered(self, key: str) -> tuple[str, ...]:
        """Versions of a product in the catalog, oldest first."""
        versions = self.versions(key)
        return (*versions.published, *((versions.current,) if self.development_versions else ()))

    def versions(self, key: str) -> ProductVersions:
        """Versions of a product; one without an entry has published none."""
        return self.products.get(key, ProductVersions())

    @staticmethod
    def load(path: Path = CDK_JSON, *, development: bool = False) -> "Settings":
        """The settings in cdk.json: ``cdk synth`` and ``python app.py`` read the same ones.

        ``development``: with the versions under development, whatever it says.

        Raises:
            RefusedInput: it cannot be read, or a setting is wrong.
        """
        try:
            context = json.loads(path.read_text())["context"]["mlops"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RefusedInput(f"{path.name}: no JSON with the settings in context mlops: {error!r}") from None
        settings = Settings.from_context(context)
        return settings.model_copy(update={"development_versions": True}) if development else settings

    @staticmethod
    def from_context(context: Mapping[str, Any] | None) -> "Settings":
        """Validated settings.

        Raises:
            RefusedInput: a setting is unknown or has a wrong value; the message names each.
        """
        try:
            settings = Settings.model_validate({} if context is None else context)
        except ValidationError as error:
            found = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}".lstrip(": ") for item in error.errors()]
            raise RefusedInput(f"cdk.json, context mlops: {'; '.join(found)}") from None
        if settings.source == "codeconnections" and not (settings.connection_arn and settings.repository):
            raise RefusedInput(
                "cdk.json, context mlops: source codeconnections needs connection_arn and repository (owner/name)"
            )
        return settings
