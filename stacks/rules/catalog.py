"""Rules on self-service and delivery."""

from collections.abc import Iterator

from stacks.rules.findings import Finding, Template, resources, text


def launch_role(template: Template) -> Iterator[Finding]:
    """A product is launched with a role: without one, its users would need all rights of its template."""
    launched = {
        text(properties.get("ProductId"))
        for _, properties in resources(template, "AWS::ServiceCatalog::LaunchRoleConstraint")
    }
    for logical_id, _ in resources(template, "AWS::ServiceCatalog::CloudFormationProduct"):
        if not any(logical_id in product for product in launched):
            yield Finding("launch-role", logical_id, "has no launch role constraint")


def studio_product(template: Template) -> Iterator[Finding]:
    """Products are visible in Studio."""
    for logical_id, properties in resources(template, "AWS::ServiceCatalog::CloudFormationProduct"):
        tags = {item["Key"]: item["Value"] for item in properties.get("Tags", [])}
        if tags.get("sagemaker:studio-visibility") != "true":
            yield Finding("studio-product", logical_id, "is not tagged sagemaker:studio-visibility=true")


def no_polling(template: Template) -> Iterator[Finding]:
    """Pipelines start by event, are V2 and use plain text for no secret."""
    for logical_id, properties in resources(template, "AWS::CodePipeline::Pipeline"):
        if properties.get("PipelineType") != "V2":
            yield Finding("delivery", logical_id, "is not of type V2")
        if "OAuthToken" in str(properties.get("Stages")):
            yield Finding("delivery", logical_id, "holds an OAuth token: use a connection")
    for logical_id, properties in resources(template, "AWS::CodeBuild::Project"):
        if properties.get("Environment", {}).get("PrivilegedMode") is True:
            yield Finding("delivery", logical_id, "builds in privileged mode")


def branches_only(template: Template) -> Iterator[Finding]:
    """A rule that starts something on a push asks for branches: a tag may have a branch's name (CodeCommit User Guide, events)."""
    for logical_id, properties in resources(template, "AWS::Events::Rule"):
        pattern = properties.get("EventPattern") or {}
        kinds = pattern.get("detail", {}).get("referenceType")
        if "CodeCommit Repository State Change" in str(pattern.get("detail-type")) and kinds != ["branch"]:
            yield Finding("branches-only", logical_id, "starts on tags too: ask for referenceType branch")


def supported_runtime(template: Template) -> Iterator[Finding]:
    """Functions run on a supported Python."""
    for logical_id, properties in resources(template, "AWS::Lambda::Function"):
        runtime = text(properties.get("Runtime", ""))
        if runtime.startswith("python3.") and int(runtime.removeprefix("python3.")) < 12:
            yield Finding("runtime", logical_id, f"{runtime} is or soon will be unsupported")
