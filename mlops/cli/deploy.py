"""``mlops deploy | destroy``: the platform's own stacks."""

import typer

from mlops.cli.common import caller, say
from mlops.errors import RefusedInput


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(deploy)
    app.command()(destroy)


def deploy(
    role: str = typer.Option("", "--role", help="role that CloudFormation acts as (the platform's own delivery)"),
) -> None:
    """Create or update the platform: key, network, roles, catalog, dashboards, delivery."""
    from mlops.platform.assembly import load
    from mlops.platform.deployer import Deployer

    Deployer(caller(), role=role).deploy(load(), lambda stack, what: say(f"{stack}: {what}"))


def destroy(yes: bool = typer.Option(False, "--yes", help="do not ask")) -> None:
    """Delete the platform's stacks; refused while a project uses them; keys and buckets with data stay."""
    from mlops.platform.assembly import load
    from mlops.platform.deployer import Deployer

    aws, assembly = caller(), load()
    deployer = Deployer(aws)
    used = {name for names in deployer.in_use(assembly).values() for name in names}
    if used:
        from mlops.projects.catalog import Projects

        projects = {it.stack.split("/")[1]: it.name for it in Projects(aws).all() if it.stack}
        users = sorted(projects.get(stack, stack) for stack in used)
        raise RefusedInput(f"still in use by {', '.join(users)}: delete those projects first")
    names = ", ".join(stack.name for stack in assembly.stacks)
    if not yes and not typer.confirm(f"Delete {names}?", default=False):
        raise RefusedInput("nothing was deleted")
    deployer.destroy(assembly, lambda stack, what: say(f"{stack}: {what}"))
    say("kept by their own policy: the data key and the buckets")
