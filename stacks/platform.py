"""Every stack of the platform, in the order in which they build on each other."""

import os

from aws_cdk import App, Tags

from stacks.access import Access
from stacks.catalog import Catalog
from stacks.delivery import Delivery
from stacks.foundation import Foundation
from stacks.gates import add_gates
from stacks.observability import Observability
from stacks.rules.stateful import Earlier
from stacks.settings import Settings


def build(app: App, settings: Settings, earlier: Earlier | None = None) -> None:
    """Compose the platform; ``earlier`` is what it must not replace.

    Raises:
        RefusedInput: the settings do not go together with the region or with what is published.
    """
    settings.require_region(os.environ.get("CDK_DEFAULT_REGION", ""))
    add_gates(app, earlier, one_region=True)
    foundation = Foundation(app, "Foundation", settings=settings)
    access = Access(app, "Access", settings=settings)
    access.add_stack_dependency(foundation)
    Catalog(app, "Catalog", settings=settings).add_stack_dependency(access)
    observability = Observability(app, "Observability", settings=settings)
    observability.add_stack_dependency(access)
    Delivery(app, "Delivery", settings=settings).add_stack_dependency(observability)  # its failures go to a topic there
    Tags.of(app).add("platform", "mlops")
