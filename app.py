"""``cdk synth`` entry point: settings from cdk.json's context, then every stack; nothing here calls AWS or Docker.

``--development`` offers the versions under development too, whatever cdk.json says: so they are published.
"""

import sys

from mlops.errors import MlopsError
from stacks.gates import earlier
from stacks.platform import build
from stacks.settings import CONTEXT_FLAGS, Settings

from aws_cdk import App  # isort: skip (``stacks`` chooses Node.js first)

app = App(context=CONTEXT_FLAGS, analytics_reporting=False)
try:
    build(app, Settings.load(development="--development" in sys.argv[1:]), earlier())
except MlopsError as error:
    sys.exit(f"error: {error}")
try:
    app.synth()
except RuntimeError as error:
    if "ValidationFailed" not in str(error):
        raise
    sys.exit("error: the gates have findings, see above; nothing was synthesized that may be deployed")
