"""Runs a project's record preprocessor: ``preprocess.py SCRIPT SOURCE TARGET``.

The script defines ``preprocess_handler(line)``, which answers with a record (a dictionary), a list of them, or nothing to drop the line.
"""

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def main(script: str, source: str, target: str) -> None:
    """Write what the handler makes of every line of every file."""
    handler = _handler(Path(script))
    with Path(target).open("w", encoding="utf-8") as out:
        for line in _lines(Path(source)):
            made = handler(line)
            records = made if isinstance(made, list) else [made] if made else []
            out.writelines(json.dumps(record) + "\n" for record in records)


def _handler(script: Path) -> Callable[[str], Any]:
    spec = importlib.util.spec_from_file_location("record_preprocessor", script)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{script.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler = getattr(module, "preprocess_handler", None)
    if not callable(handler):
        raise SystemExit(f"{script.name} defines no preprocess_handler")
    return handler  # type: ignore[no-any-return]


def _lines(source: Path) -> Iterator[str]:
    files = sorted(file for file in source.rglob("*") if file.is_file()) if source.is_dir() else [source]
    for file in files:
        with file.open(encoding="utf-8") as stream:
            yield from (line.rstrip("\r\n") for line in stream)


if __name__ == "__main__":
    main(*sys.argv[1:4])
