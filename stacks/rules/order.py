"""Rules over all templates together: what one names by a literal text or an import is made in it, or before it.

Templates come in the order in which they are deployed; products' templates last, since projects are made when all stacks are there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stacks.rules.findings import Finding, Template, listed, resources, text

Named = tuple[str, Template]  # file name, template
# what is named by a written-out ARN: type -> (member with its name, service, what stands before the name)
_NAMED: Mapping[str, tuple[str, str, str]] = {
    "AWS::CodeBuild::Project": ("Name", "codebuild", "project/"),
    "AWS::CodeCommit::Repository": ("RepositoryName", "codecommit", ""),
    "AWS::CodePipeline::Pipeline": ("Name", "codepipeline", ""),
    "AWS::Events::Rule": ("Name", "events", "rule/"),
    "AWS::IAM::Role": ("RoleName", "iam", "role/"),
    "AWS::Lambda::Function": ("FunctionName", "lambda", "function:"),
    "AWS::S3::Bucket": ("BucketName", "s3", ""),
    "AWS::SageMaker::ModelPackageGroup": ("ModelPackageGroupName", "sagemaker", "model-package-group/"),
    "AWS::SageMaker::Pipeline": ("PipelineName", "sagemaker", "pipeline/"),
    "AWS::SNS::Topic": ("TopicName", "sns", ""),
}
# what names something without needing it
_ONLY_SAYS = {"AssumeRolePolicyDocument", "EventPattern", "KeyPolicy", "Policies", "PolicyDocument", "Tags"}
_TEXTS = {"Fn::GetAtt", "Fn::ImportValue", "Fn::Join", "Fn::Sub", "Ref"}
_ARN = re.compile(r"arn:[^:]*:(?P<service>[a-z0-9-]+):[^:]*:[^:]*:(?P<resource>.+)")
_OWN_BUCKET = re.compile(r"(?:s3://)?(?P<name>mlops-[^/:]*-<AccountId>)(?:/.*)?")
_PSEUDO, _PROJECT = re.compile(r"\$\{AWS::(\w+)\}"), "${SageMakerProjectName}"
_OURS = re.compile(rf"mlops-|{re.escape(_PROJECT)}")
_OWN_POLICY = re.compile(r"^arn:[^:]*:iam::[^:]*:policy/(mlops-[\w.-]+)$")


def check_order(templates: Sequence[Named]) -> list[tuple[str, Finding]]:
    """(file name, finding) of every rule of this module."""
    rules = (_imports, _boundaries, _made_before, _rule_targets, _heard_alarms, _heard_failures)
    return [found for rule in rules for found in rule(templates)]


def _imports(templates: Sequence[Named]) -> Iterator[tuple[str, Finding]]:
    """Every import has its export, in a template before; none is exported twice.

    What one product's projects import of another project's is exported under a name with the project's in it, by some product.
    """
    exported: set[str] = set()
    ours = {_anybodys(export) for _, template in templates for _, export in _exports(template) if _PROJECT in export}
    for name, template in templates:
        for wanted in _imported(template):
            if wanted not in exported and _anybodys(wanted) not in ours:
                yield name, Finding("import", wanted, "is exported by no stack before this one")
        for id_, export in _exports(template):
            if _anybodys(export) in ours:
                continue
            if export in exported:
                yield name, Finding("import", id_, f"exports {export} a second time")
            exported.add(export)


def _exports(template: Template) -> Iterator[tuple[str, str]]:
    for id_, output in template.get("Outputs", {}).items():
        if export := text(output.get("Export", {}).get("Name", "")):
            yield id_, export


def _anybodys(name: str) -> str:
    """The name with any project's in it."""
    return re.sub(r"\$\{(SageMakerProjectName|ModelPackageGroup)\}", "*", name)


def _imported(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "Fn::ImportValue":
                yield text(item)
            yield from _imported(item)
    elif isinstance(value, list):
        for item in value:
            yield from _imported(item)


def _boundaries(templates: Sequence[Named]) -> Iterator[tuple[str, Finding]]:
    """A boundary of ours is made before the role that names it: CreateRole knows no policy that is still to come."""
    made: set[str] = set()
    for name, template in templates:
        here = {
            text(properties["ManagedPolicyName"]): logical_id
            for logical_id, properties in resources(template, "AWS::IAM::ManagedPolicy")
            if "ManagedPolicyName" in properties
        }
        for logical_id, properties in resources(template, "AWS::IAM::Role"):
            match = _OWN_POLICY.match(text(properties.get("PermissionsBoundary", "")))
            policy = match.group(1) if match else ""
            if policy in here and here[policy] not in listed(template["Resources"][logical_id].get("DependsOn")):
                yield name, Finding("boundary-first", logical_id, f"may be made before {policy}: add DependsOn")
            elif policy and policy not in here and policy not in made:
                yield name, Finding("boundary-first", logical_id, f"{policy} is made by no stack before this one")
        made |= set(here)


def _made_before(templates: Sequence[Named]) -> Iterator[tuple[str, Finding]]:
    """What is named by a written-out name or ARN is made in the template or before it: such a text makes no dependency."""
    made: set[tuple[str, str]] = set()
    for name, template in templates:
        here = {
            (service, before + _plain(properties[member]))
            for kind, (member, service, before) in _NAMED.items()
            for _, properties in resources(template, kind)
            if member in properties
        }
        for logical_id, properties in resources(template):
            for wanted in sorted(set(_needed(properties)) - here - made):
                yield name, Finding("made-before", logical_id, f"{wanted[1]} is made by no stack before this one")
        made |= {it for it in here if _PROJECT not in it[1]}  # a project's are not the next one's


def _needed(value: Any) -> Iterator[tuple[str, str]]:
    """(service, resource) of each that properties name in full."""
    if isinstance(value, Mapping) and not (len(value) == 1 and set(value) <= _TEXTS):
        for item in (value[key] for key in value if key not in _ONLY_SAYS):
            yield from _needed(item)
    elif isinstance(value, list):
        for item in value:
            yield from _needed(item)
    else:
        found = _named_in(_plain(value))
        if found and "*" not in found[1] and "${" not in found[1].replace(_PROJECT, ""):
            yield found


def _named_in(shown: str) -> tuple[str, str] | None:
    """What of ours a text names, where it is of a kind that is looked for."""
    if match := _OWN_BUCKET.fullmatch(shown):
        return "s3", match["name"]
    match = _ARN.fullmatch(shown)
    if match is None:
        return None
    service = match["service"]
    resource = match["resource"].partition("/")[0] if service == "s3" else match["resource"]
    kinds = [before for _, known, before in _NAMED.values() if known == service and resource.startswith(before)]
    ours = any(_OURS.match(resource.removeprefix(before)) for before in kinds)
    return (service, resource) if ours else None


def _plain(value: Any) -> str:
    return _PSEUDO.sub(r"<\1>", text(value))


def _rule_targets(templates: Sequence[Named]) -> Iterator[tuple[str, Finding]]:
    """A rule may call each function that it names: a permission for events.amazonaws.com with the rule's ARN."""
    for name, template in templates:
        permitted = {
            (text(it.get("FunctionName")), text(it.get("SourceArn")))
            for _, it in resources(template, "AWS::Lambda::Permission")
            if it.get("Principal") == "events.amazonaws.com"
        }
        functions = {f"${{{id_}.Arn}}" for id_, _ in resources(template, "AWS::Lambda::Function")}
        for logical_id, properties in resources(template, "AWS::Events::Rule"):
            for target in (text(it.get("Arn")) for it in properties.get("Targets", [])):
                if target in functions and (target, f"${{{logical_id}.Arn}}") not in permitted:
                    yield name, Finding("rule-permission", logical_id, f"may not call {target}: add a permission")


def _heard_alarms(templates: Sequence[Named]) -> Iterator[tuple[str, Finding]]:
    """Somebody hears of an alarm: by its own actions, or by a rule on its state that names it."""
    for name, template in templates:
        heard = {
            text(alarm)
            for _, rule in resources(template, "AWS::Events::Rule")
            for alarm in listed((rule.get("EventPattern") or {}).get("detail", {}).get("alarmName"))
        }
        for logical_id, properties in resources(template, "AWS::CloudWatch::Alarm"):
            if not properties.get("AlarmActions") and text(properties.get("AlarmName", "")) not in heard:
                yield name, Finding("heard-alarm", logical_id, "goes off and nobody hears of it")


def _heard_failures(templates: Sequence[Named]) -> Iterator[tuple[str, Finding]]:
    """Nobody waits for a function that an event calls: what it fails on, after Lambda's attempts, goes to a topic or queue."""
    for name, template in templates:
        called = {
            text(target.get("Arn"))
            for _, rule in resources(template, "AWS::Events::Rule")
            for target in rule.get("Targets", [])
        }
        called |= {text(it.get("Endpoint", "")) for _, it in resources(template, "AWS::SNS::Subscription")}
        for logical_id, properties in resources(template, "AWS::Lambda::Function"):
            told = (properties.get("DeadLetterConfig") or {}).get("TargetArn")
            if f"${{{logical_id}.Arn}}" in called and not told:
                yield (
                    name,
                    Finding(
                        "heard-failure", logical_id, "fails on an event and nobody hears of it: add DeadLetterConfig"
                    ),
                )
