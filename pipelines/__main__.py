"""``python -m pipelines render [--check]`` and ``python -m pipelines check FILE...``."""

import argparse
import json
import sys
from pathlib import Path

from mlops.bundled.definition import text
from pipelines.check import problems

_FOLDER = Path(__file__).parent / "definitions"


def main() -> int:
    """Exit code 1 where a definition differs from its golden file or has problems."""
    parser = argparse.ArgumentParser(prog="python -m pipelines", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("render", help="write the definitions").add_argument("--check", action="store_true")
    commands.add_parser("check", help="check definitions").add_argument("files", nargs="+", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "render":
        return _render(check=arguments.check)
    return _check(arguments.files)


def _render(*, check: bool) -> int:
    code = 0
    for name, rendered in rendered_definitions().items():
        path = _FOLDER / name
        if check and path.read_text() != rendered:
            sys.stderr.write(f"{path.name} is not what the pipelines render: run 'python -m pipelines render'\n")
            code = 1
        elif not check:
            path.write_text(rendered)
    return code


def rendered_definitions() -> dict[str, str]:
    """File name -> text of every definition: both pipelines with each monitoring engine."""
    from pipelines import inference, training
    from pipelines.steps import OURS, SAGEMAKER

    kinds, endings = (("training", training), ("inference", inference)), ((OURS, ""), (SAGEMAKER, "-sagemaker"))
    return {
        f"{name}{ending}.json": text(json.loads(module.definition(engine)))
        for name, module in kinds
        for engine, ending in endings
    }


def _check(files: list[Path]) -> int:
    code = 0
    for file in files:
        for problem in problems(file.read_text()):
            sys.stderr.write(f"{file.name}: {problem}\n")
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
