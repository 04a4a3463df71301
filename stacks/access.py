"""Who may do what: the permissions boundary and the three persona roles."""

from collections.abc import Callable

from aws_cdk import Fn, Stack, Tags
from constructs import Construct

from mlops.platform.region import TAG
from mlops.projects.names import DATA_SCIENTIST, MANAGER, ML_ENGINEER
from stacks.constructs import personas
from stacks.constructs.boundary import boundary
from stacks.names import BOUNDARY, DATA_KEY
from stacks.secure import Statement, managed_policy, role
from stacks.secure.findings import wildcards
from stacks.secure.role import BOUNDARY_ID, personal_trust
from stacks.settings import Settings

_PEOPLE: dict[str, Callable[[str], list[Statement]]] = {
    DATA_SCIENTIST: personas.data_scientist,
    ML_ENGINEER: personas.ml_engineer,
    MANAGER: personas.manager,
}


class Access(Stack):
    """Roles are limited by what they are for; what ``*`` remains is acknowledged finding by finding."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        super().__init__(scope, id_, stack_name="mlops-access", termination_protection=True)
        if not settings.permissions_boundary:
            statements = boundary()
            reason = "a boundary grants nothing: it is the outer limit of roles whose own policies are narrow"
            accepted = wildcards(statements, reason) | {"HIPAA.Security-IAMPolicyNoStatementsWithFullAccess": reason}
            managed_policy(self, BOUNDARY_ID, name=BOUNDARY, statements=statements, accepted=accepted)
        # not the stack's own tags, which are plain texts
        Tags.of(self).add(TAG, Fn.ref("AWS::Region"), exclude_resource_types=["aws:cdk:stack"])
        key = Fn.import_value(DATA_KEY)
        for name, permissions in _PEOPLE.items():
            statements = permissions(key)
            reason = "reading and running over every project; names of projects are not known here"
            role(
                self,
                name.title().replace("-", ""),
                name=name,
                trust=personal_trust(),
                statements=statements,
                accepted=wildcards(statements, reason),
                boundary=settings.permissions_boundary,
            )
