"""``python -m bench [NAME ...]``: run the named benchmarks, or all of them; each prints its own figures."""

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(names: list[str]) -> int:
    """The number of benchmarks that missed a bound."""
    known = sorted(path.stem for path in HERE.glob("[a-z]*.py"))
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.stderr.write(f"no benchmark {', '.join(unknown)}; there are: {', '.join(known)}\n")
        return 2
    missed = 0
    for name in names or known:
        sys.stdout.write(f"== {name}\n")
        sys.stdout.flush()
        missed += bool(importlib.import_module(f"bench.{name}").main())
    return missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
