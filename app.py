"""``cdk synth`` entry point: settings from cdk.json's context, then every stack; nothing here calls AWS or Docker."""

from stacks.node import use_bundled_node

use_bundled_node()

from aws_cdk import App  # noqa: E402 (Node has to be chosen before jsii starts)

from stacks.platform import build  # noqa: E402
from stacks.settings import CONTEXT_FLAGS, Settings  # noqa: E402

app = App(context=CONTEXT_FLAGS, analytics_reporting=False)
build(app, Settings.from_context(app.node.try_get_context("mlops")))
app.synth()
