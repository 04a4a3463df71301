"""The rules as a plugin of ``cdk synth``."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import jsii
from aws_cdk import (
    App,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
    Stack,
)

from mlops.bundled.definition import in_network
from pipelines import __file__ as pipelines_file
from stacks.rules.definitions import check_definition
from stacks.rules.findings import Finding, Template
from stacks.rules.handlers import archives, missing_handlers
from stacks.rules.order import check_order
from stacks.rules.regions import global_names
from stacks.rules.registry import check
from stacks.rules.replacement import between, since, unwaived
from stacks.rules.stateful import WAIVERS, Earlier

DEVELOPED = "development"  # instead of a version's number
_DEFINITIONS = Path(pipelines_file).parent / "definitions"


@jsii.implements(IPolicyValidationPlugin)
class OwnRules:
    """Fails the synth on any finding in a stack's template, a product's template or a pipeline definition."""

    def __init__(self, app: App, earlier: Earlier | None = None, *, one_region: bool = False) -> None:
        """The stacks of ``app`` say in which order they are deployed; ``earlier`` is what they must not replace.

        ``one_region``: they are in one region of an account, and hold to it.
        """
        self._app, self._earlier, self._one_region = app, earlier, one_region

    @property
    def name(self) -> str:
        """Shown in the report."""
        return "mlops-rules"

    @property
    def version(self) -> str:
        """Of the rules."""
        return "1.0.0"

    @property
    def rule_ids(self) -> list[str]:
        """Not reported: rules name themselves in each finding."""
        return []

    def validate(self, context: object) -> PolicyValidationPluginReport:
        """Called by CDK when the templates have been written."""
        paths = {str(path) for path in context.template_paths}  # type: ignore[attr-defined]
        folders = {Path(path).parent for path in paths}
        paths |= {str(path) for folder in folders for path in folder.glob("*.product.template.json")}
        templates = {path: json.loads(Path(path).read_text()) for path in sorted(paths)}
        found = [(path, finding) for path, template in templates.items() for finding in check(template)]
        found += [
            (path, finding)
            for path, template in templates.items()
            for finding in missing_handlers(template, archives(Path(path).parent))
        ]
        found += [(path, it) for path, template in templates.items() for it in self._names(template)]
        found += check_order([(path, templates[path]) for path in self._in_order(list(templates))])
        found += [(str(WAIVERS), finding) for finding in self._replaced(templates)]
        found += [(str(path), finding) for path in sorted(_DEFINITIONS.glob("*.json")) for finding in _definition(path)]
        return PolicyValidationPluginReport(success=not found, violations=[_violation(*item) for item in found])

    def _names(self, template: Template) -> Iterator[Finding]:
        return global_names(template, one_region=self._one_region)

    def _replaced(self, templates: Mapping[str, Template]) -> Iterator[Finding]:
        """What this synth would replace of earlier stacks and of products' earlier versions."""
        if self._earlier is None:
            return
        stacks: dict[str, Template] = {}
        products = {key: list(versions) for key, versions in self._earlier.published.items()}
        for path, template in templates.items():
            if path.endswith(".product.template.json"):
                key = template["Outputs"]["Template"]["Value"]
                products[key] = [*products.get(key, []), (DEVELOPED, template)]
            else:
                stacks[Path(path).name.split(".")[0]] = template
        found = [*since(self._earlier.known, stacks)]
        for key, versions in products.items():
            found += between(key, versions)
        yield from unwaived(found, self._earlier.waivers)

    def _in_order(self, paths: list[str]) -> list[str]:
        """As they are deployed; what is no stack's, a product's template, comes last."""
        done: list[str] = []
        waiting = [it for it in self._app.node.children if isinstance(it, Stack)]
        while waiting:
            names = {it.template_file for it in waiting}
            ready = [it for it in waiting if not names & {other.template_file for other in it.dependencies}]
            done += sorted(it.template_file for it in ready)
            waiting = [it for it in waiting if it not in ready]
        place = {name: index for index, name in enumerate(done)}
        return sorted(paths, key=lambda path: (place.get(Path(path).name, len(place)), path))


def _definition(path: Path) -> list[Finding]:
    """As a project's stack renders it: in the private network."""
    return check_definition(in_network(path.read_text(), ["subnet-a"], ["sg-a"]), network=True)


def _violation(path: str, finding: Finding) -> PolicyViolation:
    resource = PolicyViolatingResource(
        resource_logical_id=finding.resource, template_path=path, locations=[finding.message]
    )
    return PolicyViolation(
        rule_name=finding.rule, description=finding.message, severity="error", violating_resources=[resource]
    )
