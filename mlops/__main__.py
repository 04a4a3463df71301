"""``python -m mlops``."""

from mlops.cli.main import main

main()
