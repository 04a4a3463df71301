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

    deployer, assembly = Deployer(caller()), load()
    used = deployer.in_use(assembly)
    if used:
        stacks = sorted({name for names in used.values() for name in names})
        raise RefusedInput(f"still in use by {', '.join(stacks)}: delete those projects first")
    names = ", ".join(stack.name for stack in assembly.stacks)
    if not yes and not typer.confirm(f"Delete {names}?", default=False):
        raise RefusedInput("nothing was deleted")
    deployer.destroy(assembly, lambda stack, what: say(f"{stack}: {what}"))
    say("kept by their own policy: the data key and the buckets")
