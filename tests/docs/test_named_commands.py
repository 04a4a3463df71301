"""Commands that texts name exist: a message, a reason or a page that sends somebody to another one helps nobody."""

from pathlib import Path

from tests.named_commands import exists, named

_ROOT = Path(__file__).parents[2]
_SOURCES = ("stacks", "mlops", "lambdas", "embedded_aws", "pipelines")


def test_named_commands_exist() -> None:
    """In every source and page."""
    pages = [*_ROOT.glob("*.md"), *_ROOT.glob("docs/*.md")]
    files = [*pages, *(path for folder in _SOURCES for path in (_ROOT / folder).rglob("*.py"))]
    found = [(path, command) for path in files for command in named(path.read_text())]
    assert len(found) > 100
    assert [f"{path.relative_to(_ROOT)}: {command}" for path, command in found if not exists(command)] == []


def test_one_that_nobody_has_written_is_found() -> None:
    """Groups, options and arguments are no part of a name."""
    text = (
        "'mlops conjure' and `mlops --target aws doctor --security`, 'mlops project crate NAME', `mlops run logs NAME`"
    )
    assert [(it, exists(it)) for it in named(text)] == [
        ("conjure", False),
        ("doctor", True),
        ("project crate", False),
        ("run logs", True),
    ]
