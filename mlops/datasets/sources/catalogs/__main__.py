"""``python -m mlops.datasets.sources.catalogs ARCHIVE.tar.gz OUT``: the compact catalogue of a downloaded Registry of Open Data archive.

A file ``aws.json.xz`` beside this one ships with the package and is used before the hand-written list.
"""

import sys
from pathlib import Path

from mlops.datasets.sources.catalogs.aws import compact, from_archive


def main(archive: str, out: str) -> None:
    """Write the catalogue; the same archive gives the same bytes."""
    items = list(from_archive(Path(archive).read_bytes()))
    body = compact(items)
    Path(out).write_bytes(body)
    sys.stdout.write(f"{out}: {len(items)} data sets, {len(body)} bytes\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
