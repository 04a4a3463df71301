"""Build specifications, version 0.2: what is in one, and what of it is not supported here (refused by name, never ignored)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PHASES = ("install", "pre_build", "build", "post_build")
_TOP = {"version", "env", "phases", "artifacts", "cache", "reports", "run-as", "batch", "proxy"}
_PHASE = {"commands", "finally", "on-failure", "runtime-versions"}
_ENV = {"shell", "variables", "parameter-store", "exported-variables", "git-credential-helper"}
_FILES = {"files", "name", "base-directory", "discard-paths", "exclude-paths", "enable-symlinks", "secondary-artifacts"}


class WrongSpec(ValueError):
    """The specification cannot be used; CodeBuild's YAML_FILE_ERROR."""


@dataclass(frozen=True)
class Phase:
    """Commands of a phase, those that run whatever happened, and whether a failure lets the build go on."""

    commands: Sequence[str] = ()
    always: Sequence[str] = ()
    goes_on: bool = False


@dataclass(frozen=True)
class Files:
    """Files of an artifact: globs below a folder."""

    patterns: Sequence[str]
    base: str = "."
    flat: bool = False
    excluded: Sequence[str] = ()


@dataclass(frozen=True)
class Spec:
    """A whole specification."""

    phases: Mapping[str, Phase]
    shell: str = "sh"
    variables: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)  # variable -> name in Parameter Store
    exported: Sequence[str] = ()
    artifact: Files | None = None
    secondary: Mapping[str, Files] = field(default_factory=dict)


def parse(text: str) -> Spec:
    """Read YAML or JSON.

    Raises:
        WrongSpec: says what is wrong, or what is not supported here.
    """
    import yaml

    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise WrongSpec(f"the buildspec is no YAML: {error}") from error
    if not isinstance(content, dict):
        raise WrongSpec("the buildspec must be a mapping")
    if str(content.get("version")) != "0.2":
        raise WrongSpec(f"buildspec version {content.get('version')}: must be 0.2")
    _known(content, _TOP - {"run-as", "batch", "proxy"}, "the buildspec")
    env = _mapping(content, "env", _ENV - {"git-credential-helper"})
    phases = _mapping(content, "phases", set(PHASES))
    if not phases:
        raise WrongSpec("the buildspec has no phases")
    artifacts = _mapping(content, "artifacts", _FILES)
    secondary = artifacts.get("secondary-artifacts") or {}
    shell = str(env.get("shell", "sh"))
    if shell not in {"sh", "bash", "/bin/sh"}:
        raise WrongSpec(f"not supported by the embedded AWS: shell {shell}")
    return Spec(
        phases={name: _phase(name, phases[name]) for name in PHASES if name in phases},
        shell=shell,
        variables={key: str(value) for key, value in (env.get("variables") or {}).items()},
        parameters={key: str(value) for key, value in (env.get("parameter-store") or {}).items()},
        exported=[str(name) for name in env.get("exported-variables") or []],
        artifact=_files("artifacts", artifacts) if artifacts.get("files") else None,
        secondary={name: _files(name, item) for name, item in secondary.items()},
    )


def _mapping(content: Mapping[str, Any], name: str, allowed: set[str]) -> Mapping[str, Any]:
    found = content.get(name) or {}
    if not isinstance(found, dict):
        raise WrongSpec(f"{name} must be a mapping")
    _known(found, allowed, name)
    return found


def _known(found: Mapping[str, Any], allowed: set[str], where: str) -> None:
    unknown = [str(key) for key in found if key not in allowed]
    if unknown:
        raise WrongSpec(f"not supported by the embedded AWS: {unknown[0]} in {where}")


def _phase(name: str, content: Any) -> Phase:
    if not isinstance(content, dict):
        raise WrongSpec(f"phase {name} must be a mapping")
    _known(content, _PHASE, f"phase {name}")
    return Phase(
        _commands(content, "commands", name),
        _commands(content, "finally", name),
        str(content.get("on-failure", "ABORT")).upper() == "CONTINUE",
    )


def _commands(content: Mapping[str, Any], member: str, phase: str) -> Sequence[str]:
    found = content.get(member) or []
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise WrongSpec(f"phase {phase}: {member} must be a list of texts")
    return found


def _files(name: str, content: Any) -> Files:
    patterns = content.get("files") if isinstance(content, dict) else None
    if not isinstance(patterns, list):
        raise WrongSpec(f"artifact {name}: files must be a list")
    flat = str(content.get("discard-paths", "no")).lower() in {"yes", "true"}
    excluded = [str(item) for item in content.get("exclude-paths") or []]
    return Files([str(item) for item in patterns], str(content.get("base-directory", ".")), flat, excluded)
