"""AWS's fixed lists from packages that ship them: ``python -m tests.infrastructure.aws_lists`` writes what is bundled of them.

Names of AWS's managed policies from moto (Apache-2.0), days from which Lambda's runtimes are blocked from cfn-lint (MIT-0).
"""

import json
from pathlib import Path

import cfnlint.data
from moto.iam.aws_managed_policies import aws_managed_policies_data

from embedded_aws.awslambda.limits import RUNTIMES
from embedded_aws.iam.managed import FILE


def managed_policies() -> str:
    """One name with its path a line."""
    found = json.loads(aws_managed_policies_data)
    return "".join(sorted(f"{it['Path'].lstrip('/')}{name}\n" for name, it in found.items()))


def runtimes() -> str:
    """Runtime -> day from which no function can be made with it."""
    found = json.loads(
        (Path(cfnlint.data.__file__).parent / "AdditionalSpecs" / "LmbdRuntimeLifecycle.json").read_text()
    )
    return (
        json.dumps({name: it["create-block"] for name, it in sorted(found.items()) if it["create-block"]}, indent=1)
        + "\n"
    )


if __name__ == "__main__":
    FILE.write_text(managed_policies())
    RUNTIMES.write_text(runtimes())
