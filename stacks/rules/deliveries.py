"""Rules on CodePipeline's deliveries: what pushed code has made reaches no action's configuration."""

import re
from collections.abc import Iterator
from typing import Any

from stacks.rules.findings import Finding, Template, listed, resources, text

_USED = re.compile(r"#\{([^}]*)\}")
_MADE_BY_AWS = re.compile(r"codepipeline\.\w+|variables\.\w+|\w+\.CommitId")  # the last is a source action's


def no_foreign_variables(template: Template) -> Iterator[Finding]:
    """A build's variables are CodePipeline's own, the pipeline's and the commit's id.

    CodePipeline puts values into EnvironmentVariables, a JSON text, as they are (its user guide, "Variables"): one that a build has
    exported, or a commit's message, would add variables to it.
    """
    for logical_id, properties in resources(template, "AWS::CodePipeline::Pipeline"):
        for given in _environments(properties.get("Stages")):
            for name in _USED.findall(given):
                if not _MADE_BY_AWS.fullmatch(name):
                    words = f"#{{{name}}} becomes part of a build's EnvironmentVariables: have the build ask CodePipeline for it"
                    yield Finding("no-foreign-variables", logical_id, words)


def _environments(value: Any) -> Iterator[str]:
    """Of every action, in branches of conditions too."""
    if isinstance(value, dict):
        own = value.get("Configuration")
        if isinstance(own, dict) and "EnvironmentVariables" in own:
            yield text(own["EnvironmentVariables"])
    for item in value.values() if isinstance(value, dict) else listed(value) if isinstance(value, list) else ():
        yield from _environments(item)
