"""Self-service: the portfolio, its products in all published versions, the role that makes projects, and what deletes the rest of them."""

import tempfile
from pathlib import Path

from aws_cdk import AssetHashType, CfnOutput, Fn, Stack, Tags, aws_iam, aws_kms
from aws_cdk import aws_servicecatalog as servicecatalog
from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from mlops.bundled import code_tree
from mlops.errors import RefusedInput
from mlops.projects import products
from mlops.projects.names import ML_ENGINEER
from mlops.projects.packages import packages
from mlops.projects.products import Product
from stacks import names
from stacks.constructs.kept import delete_kept
from stacks.products import history
from stacks.products.launch import launch_statements
from stacks.products.template import ProjectTemplate
from stacks.project.parts import Platform
from stacks.secure import secure_bucket, service_role
from stacks.secure.findings import wildcards
from stacks.secure.role import boundary_arn
from stacks.settings import Settings


class Catalog(Stack):
    """What an ML engineer finds under "Projects" in Studio and in ``mlops project create``."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        super().__init__(scope, id_, stack_name="mlops-catalog", termination_protection=True)
        history.check()
        _require_offers(settings)
        archives = self._archives()
        platform = Platform(archives, settings.network.enabled, settings.permissions_boundary)
        role = self._launch_role(settings)
        portfolio = servicecatalog.Portfolio(
            self, "Portfolio", display_name=names.PORTFOLIO, provider_name="mlops", description="ML projects"
        )
        for product in products.PRODUCTS:
            made = self._product(product, platform, settings).product_id
            self._offer(_id(product), portfolio.portfolio_id, made, role)
            name = names.product_export(product.key)  # a project's delivery may update projects of this product only
            CfnOutput(self, f"{_id(product)}Id", value=made, export_name=name)
        self._admit(portfolio, settings)
        self._studio_templates()
        delete_kept(self, archives, boundary=settings.permissions_boundary, days=settings.retention_days)

    def _archives(self) -> dict[str, str]:
        """Keys in the assets bucket of what the templates refer to."""
        folder = Path(tempfile.mkdtemp(prefix="mlops-archives-"))
        keys = {}
        for name, tree in packages().items():
            file = folder / f"{name}.zip"
            file.write_bytes(code_tree.zip_archive(tree))
            digest = code_tree.digest(tree)
            asset = Asset(
                self, f"Archive{name}", path=str(file), asset_hash=digest, asset_hash_type=AssetHashType.CUSTOM
            )
            keys[name] = asset.s3_object_key
        return keys

    def _launch_role(self, settings: Settings) -> aws_iam.CfnRole:
        boundary = boundary_arn(settings.permissions_boundary)
        statements = launch_statements(Fn.import_value(names.DATA_KEY), boundary)
        reason = "projects are named by their users: the patterns name every kind of thing that a template makes"
        return service_role(
            self,
            "Launch",
            name=names.LAUNCH_ROLE,
            service="servicecatalog",
            statements=statements,
            accepted=wildcards(statements, reason),
            boundary=settings.permissions_boundary,
        )

    def _product(
        self, product: Product, platform: Platform, settings: Settings
    ) -> servicecatalog.CloudFormationProduct:
        """Every gate sees the version under development, offered or not."""
        stack = ProjectTemplate(self, _id(product), product=product, platform=platform)
        current = servicecatalog.CloudFormationTemplate.from_product_stack(stack)
        published, key = settings.versions(product.key).published, product.key
        made = servicecatalog.CloudFormationProduct(
            self,
            f"{_id(product)}Product",
            product_name=product.title,
            owner="mlops",
            description=product.about,
            product_versions=[
                servicecatalog.CloudFormationProductVersion(
                    cloud_formation_template=history.template(self, key, version) if version in published else current,
                    product_version_name=version,
                )
                for version in settings.offered(key)
            ],
        )
        Tags.of(made).add("sagemaker:studio-visibility", "true")
        return made

    def _offer(self, id_: str, portfolio: str, product: str, role: aws_iam.CfnRole) -> None:
        """In the portfolio, launched with the launch role and with nothing else."""
        offered = servicecatalog.CfnPortfolioProductAssociation(
            self, f"{id_}Offer", portfolio_id=portfolio, product_id=product
        )
        constraint = servicecatalog.CfnLaunchRoleConstraint(
            self, f"{id_}LaunchRole", portfolio_id=portfolio, product_id=product, local_role_name=names.LAUNCH_ROLE
        )
        for needed in (offered, role):
            constraint.add_resource_dependency(needed)

    def _studio_templates(self) -> None:
        """The bucket of the same templates as Studio's S3-hosted ones; ``mlops deploy`` puts them there with their tag."""
        key = aws_kms.Key.from_key_arn(self, "Key", Fn.import_value(names.DATA_KEY))
        logs = Fn.import_value(names.LOGS_BUCKET)
        secure_bucket(self, "StudioTemplates", name=names.STUDIO_TEMPLATES, key=key, logs=logs, cors=True)

    def _admit(self, portfolio: servicecatalog.Portfolio, settings: Settings) -> None:
        people = [ML_ENGINEER, *([settings.studio_role] if settings.studio_role else [])]
        for name in people:
            self._principal(portfolio, name, names.arn("iam", f"role/{name}", region=""), "IAM")
        # the projects' own delivery updates them
        pattern = "arn:${AWS::Partition}:iam:::role/mlops-*-deploy"
        self._principal(portfolio, "delivery", pattern, "IAM_PATTERN")

    def _principal(self, portfolio: servicecatalog.Portfolio, name: str, arn: str, kind: str) -> None:
        servicecatalog.CfnPortfolioPrincipalAssociation(
            self,
            f"Admit{name.title().replace('-', '')}",
            portfolio_id=portfolio.portfolio_id,
            principal_arn=Fn.sub(arn),
            principal_type=kind,
        )


def _require_offers(settings: Settings) -> None:
    """Every product has a version to offer.

    Raises:
        RefusedInput: one has published none, and those under development are not offered.
    """
    missing = [product.key for product in products.PRODUCTS if not settings.offered(product.key)]
    if missing:
        raise RefusedInput(
            f"no version of {', '.join(missing)} is published: publish it ('python -m stacks.publish {' '.join(missing)}'), "
            "or offer what is under development (cdk.json, context mlops: development_versions true)"
        )


def _id(product: Product) -> str:
    """Of the product's construct: deployed templates and stacks are found again by it."""
    return product.key.title().replace("-", "")
