"""Settings are checked by name before anything is built."""

from typing import Any

import pytest

from mlops.errors import RefusedInput
from stacks.settings import Settings


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ({"sorce": "codecommit"}, "sorce"),
        ({"source": "subversion"}, "source"),
        ({"source": "codeconnections"}, "connection_arn"),
        ({"network": {"cidr": "192.168.0.0/24"}}, "network.cidr"),
        ({"retention_days": 400}, "retention_days"),
        ({"operations_email": "nobody"}, "operations_email"),
        ({"products": {"ml-project": {"current": "2"}}}, "products.ml-project.current"),
        ({"products": {"web-shop": {}}}, "products.web-shop"),
    ],
)
def test_wrong_setting_is_refused_by_name(context: dict[str, Any], words: str) -> None:
    """One line that says where."""
    with pytest.raises(RefusedInput) as error:
        Settings.from_context(context)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_no_settings_are_fine() -> None:
    """Health-data defaults: the private network is on."""
    assert Settings.from_context(None).network.enabled
