"""Entry point of the Processing steps: ``python3 run.py STEP --flag value ...``.

In a job the platform starts it, with the libraries that the image lacks (wheels.lock) on the path.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))


def main() -> int:
    """Run a step."""
    from adherence.steps import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
