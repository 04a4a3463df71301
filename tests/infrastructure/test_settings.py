"""Settings are checked by name before anything is built."""

from typing import Any

import pytest
from aws_cdk import App

from mlops.errors import RefusedInput
from stacks.platform import build
from stacks.settings import CONTEXT_FLAGS, Settings


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ({"sorce": "codecommit"}, "sorce"),
        ({"source": "subversion"}, "source"),
        ({"source": "codeconnections"}, "connection_arn"),
        ({"network": {"cidr": "192.168.0.0/24"}}, "network.cidr"),
        ({"retention_days": 400}, "retention_days"),
        ({"region": "Frankfurt"}, "region"),
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


def test_a_second_region_is_refused_at_synth(monkeypatch: pytest.MonkeyPatch) -> None:
    """``cdk`` says which one it is for; without the setting, or for the same one, the platform is built."""
    monkeypatch.setenv("CDK_DEFAULT_REGION", "us-east-1")
    app = App(context=CONTEXT_FLAGS)
    with pytest.raises(RefusedInput, match="synthesized for us-east-1, but the platform is in eu-central-1") as refused:
        build(app, Settings.from_context({"region": "eu-central-1", "development_versions": True}))
    assert "\n" not in str(refused.value)
    assert app.node.children == []
    for region, asked in (("", "us-east-1"), ("us-east-1", "us-east-1"), ("us-gov-west-1", "")):
        Settings.from_context({"region": region}).require_region(asked)
