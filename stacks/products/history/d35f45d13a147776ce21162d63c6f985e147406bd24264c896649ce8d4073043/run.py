"""Entry point of the Processing steps: ``python3 run.py STEP --flag value ...``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from adherence.steps import main

if __name__ == "__main__":
    sys.exit(main())
