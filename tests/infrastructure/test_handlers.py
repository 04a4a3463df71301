"""The rule on handlers, over archives that are written here; planted mistakes show it in a whole synth."""

from typing import Any

import pytest

from stacks.rules.handlers import missing_handlers

FILES = {
    "index.py": b"from other import imported\nhandler = print\ndef run(event, context): return 1\nclass Made: pass\n",
    "package/deep/module.py": b"async def handler(event, context): return 1\n",
    "package/deep/__init__.py": b"def handler(event, context): return 1\n",
    "app.mjs": b"export const handler = 1",
    "broken.py": b"def handler(event context): return 1\n",
}


def findings(handler: str, runtime: str = "python3.13", **code: Any) -> list[str]:
    """Messages about one function."""
    properties = {"Handler": handler, "Runtime": runtime, "Code": code or {"S3Bucket": "b", "S3Key": "k.zip"}}
    template = {"Resources": {"It": {"Type": "AWS::Lambda::Function", "Properties": properties}}}
    return [it.message for it in missing_handlers(template, {"k.zip": FILES}.get)]


@pytest.mark.parametrize(
    "handler",
    [
        "index.handler",
        "index.run",
        "index.Made",
        "index.imported",
        "package.deep.module.handler",
        "package/deep.handler",
    ],
)
def test_found(handler: str) -> None:
    """Whatever binds the name; modules by dots or slashes, packages."""
    assert findings(handler) == []


@pytest.mark.parametrize(
    ("handler", "runtime", "code", "says"),
    [
        ("index.main", "python3.13", {}, "handler index.main: index.py has no main"),
        ("absent.handler", "python3.13", {}, "handler absent.handler: no file absent.py in its archive"),
        ("broken.handler", "python3.13", {}, "handler broken.handler: broken.py, line 1: invalid syntax"),
        ("handler", "python3.13", {}, "handler 'handler' is not FILE.FUNCTION"),
        ("app.handler", "nodejs22.x", {}, None),
        ("main.handler", "nodejs22.x", {}, "handler main.handler: no file main.js"),
        (
            "index.run",
            "python3.13",
            {"ZipFile": "def handler(e, c): return 1"},
            "handler index.run: index.py has no run",
        ),
        (
            "index.run",
            "python3.13",
            {"S3Bucket": "b", "S3Key": "other.zip"},
            "other.zip: no such archive among the assets",
        ),
        ("index.run", "python3.13", {"S3Bucket": "b", "S3Key": {"Ref": "Key"}}, None),
        ("index.run", "provided.al2023", {}, None),
    ],
)
def test_judged(handler: str, runtime: str, code: dict[str, Any], says: str | None) -> None:
    """What is wrong, or nothing where it is right or cannot be known."""
    found = findings(handler, runtime, **code)
    assert (found[0].startswith(says) if found else False) if says else found == []
