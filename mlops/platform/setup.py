"""Everything at once: the platform's stacks, then a project from the catalog."""

from collections.abc import Mapping

from mlops.aws import Aws
from mlops.platform.assembly import load
from mlops.platform.deployer import Deployer
from mlops.projects.catalog import Projects
from mlops.projects.names import Project
from mlops.projects.products import DEFAULT


def set_up(aws: Aws, project: str, template: str = DEFAULT, parameters: Mapping[str, str] | None = None) -> Project:
    """Deploy the platform (nothing changes where it is deployed) and create the project."""
    Deployer(aws).deploy(load())
    return Projects(aws).create(project, template, parameters=parameters)
