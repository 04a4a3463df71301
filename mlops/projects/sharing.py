"""Who uses what several projects share: nothing goes while somebody else uses it, and whoever asks hears of every user.

CloudFormation holds the references, as imports of exports, and refuses deletion itself, whoever asks and however; what is here says so
before anything has begun, in the projects' names.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from mlops.aws import Aws

Uses = Mapping[str, Set[str]]  # who -> what he uses of others


@dataclass(frozen=True)
class Sharing:
    """What everybody owns and uses, by name; a user that owns nothing owns nothing here."""

    owned: Mapping[str, Set[str]]
    used: Uses

    def users(self, thing: str, beside: Iterable[str] = ()) -> list[str]:
        """Everybody who uses it, but its owner and those in ``beside``."""
        own = {owner for owner, things in self.owned.items() if thing in things} | set(beside)
        return sorted(user for user, things in self.used.items() if thing in things and user not in own)

    def holders(self, owner: str) -> dict[str, list[str]]:
        """What of the owner's others use, with every user; empty where he may go."""
        found = {thing: self.users(thing) for thing in sorted(self.owned.get(owner, ()))}
        return {thing: users for thing, users in found.items() if users}

    def without(self, owner: str) -> "Sharing":
        """Once he is gone.

        Raises:
            ValueError: somebody uses what is his.
        """
        held = self.holders(owner)
        if held:
            raise ValueError(f"{owner}: {', '.join(sorted({it for users in held.values() for it in users}))}")
        return Sharing(
            {name: things for name, things in self.owned.items() if name != owner},
            {name: things for name, things in self.used.items() if name != owner},
        )


def of_account(aws: Aws, names: Mapping[str, str]) -> Sharing:
    """By CloudFormation's exports and imports; ``names`` are the projects' by the names of their stacks."""
    owned: dict[str, set[str]] = {}
    used: dict[str, set[str]] = {}
    cloudformation = aws.client("cloudformation")
    for page in cloudformation.get_paginator("list_exports").paginate():
        for export in page["Exports"]:
            stack = export["ExportingStackId"].split("/")[1]
            owned.setdefault(names.get(stack, stack), set()).add(export["Name"])
            for importer in _importers(cloudformation, export["Name"]):
                used.setdefault(names.get(importer, importer), set()).add(export["Name"])
    return Sharing(owned, used)


def _importers(cloudformation: object, export: str) -> list[str]:
    from botocore.exceptions import ClientError

    try:
        pages = cloudformation.get_paginator("list_imports").paginate(ExportName=export)  # type: ignore[attr-defined]
        return [name for page in pages for name in page["Imports"]]
    except ClientError as error:
        if "is not imported" in str(error):  # CloudFormation's answer where nobody does
            return []
        raise
