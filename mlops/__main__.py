"""``mlops`` and ``python -m mlops``."""

import signal


def main() -> None:
    """Load the command line and run it; Ctrl-C while it loads ends the process at once, since nothing has begun."""
    heard = signal.getsignal(signal.SIGINT)
    if heard is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from mlops.cli.main import main as run

    signal.signal(signal.SIGINT, heard)
    run()


if __name__ == "__main__":
    main()
