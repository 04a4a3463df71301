"""The Registry of Open Data on AWS: offline from a small hand-written list (starter.json), complete after ``refresh``."""

import io
import json
import lzma
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from mlops.datasets.sources.catalogs.model import CONTROLLED, DEPRECATED, OPEN, PAYS, Item, Resource, plain
from mlops.datasets.sources.http import PATIENT, Limits, get
from mlops.datasets.sources.licences import spdx
from mlops.errors import MlopsError, RefusedInput

URL = "https://codeload.github.com/awslabs/open-data-registry/tar.gz/refs/heads/main"
_FILE = "aws.json.xz"
_DESCRIPTION = 600  # characters kept
_LARGEST = 256 * 1024**2  # bytes of the registry's archive


class Registry:
    """Searches the refreshed copy in ``folder``, or the list that ships."""

    def __init__(self, folder: Path, url: str = URL, limits: Limits = PATIENT) -> None:
        self._folder, self._url, self._limits = folder, url, limits

    def search(self, text: str, limit: int) -> list[Item]:
        """Items that hold every word; names count more than tags, tags more than descriptions."""
        words = text.lower().split()
        scored = [(score(item, words), item) for item in self.items()]
        ranked = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].title))
        return [item for _, item in ranked[:limit]]

    def find(self, identifier: str) -> Item:
        """One data set by the name of its file in the registry."""
        for item in self.items():
            if item.id == identifier:
                return item
        raise RefusedInput(
            f"aws:{identifier}: not in the catalogue; 'mlops dataset search --refresh' brings it up to date"
        )

    def items(self) -> list[Item]:
        """All data sets."""
        packed = self._packed()
        if packed is not None:
            return [_item(value) for value in json.loads(lzma.decompress(packed.read_bytes()))]
        return [_item(value) for value in json.loads(_shipped("starter.json").read_text("utf-8"))]

    def _packed(self) -> Traversable | None:
        """The refreshed catalogue, else the whole one that ships, else None."""
        candidates: tuple[Traversable, ...] = (self._folder / _FILE, _shipped(_FILE))
        return next((path for path in candidates if path.is_file()), None)

    @property
    def complete(self) -> bool:
        """Whether the whole registry is here."""
        return self._packed() is not None

    def refresh(self) -> int:
        """Fetch the registry's public repository and keep its compact form; returns the number of data sets.

        Raises:
            MlopsError: it cannot be reached, or is not the registry; the old copy stays.
        """
        with get(self._url, self._limits) as answer:
            body = answer.read(_LARGEST + 1)
        if len(body) > _LARGEST:
            raise MlopsError("the registry's archive is unexpectedly large; the old catalogue is kept")
        items = list(from_archive(body))
        if not items:
            raise MlopsError("the registry's archive holds no data sets; the old catalogue is kept")
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = self._folder / f"{_FILE}.tmp"
        temporary.write_bytes(compact(items))
        temporary.replace(self._folder / _FILE)
        return len(items)


def _shipped(name: str) -> Traversable:
    return files("mlops.datasets.sources.catalogs").joinpath(name)


def from_archive(body: bytes) -> Iterator[Item]:
    """Data sets of the repository's tar archive (``*/datasets/NAME.yaml``), by name.

    Raises:
        MlopsError: it is no archive.
    """
    import yaml

    try:
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            members = sorted((it for it in archive if _is_entry(it)), key=lambda it: it.name)
            for member in members:
                stream = archive.extractfile(member)
                value = yaml.load(stream, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) if stream else None  # noqa: S506
                if isinstance(value, dict) and value.get("Name"):
                    yield from_yaml(Path(member.name).stem, value)
    except (tarfile.TarError, EOFError, yaml.YAMLError) as error:
        raise MlopsError(f"the registry's archive cannot be read: {error}") from None


def _is_entry(member: tarfile.TarInfo) -> bool:
    path = Path(member.name)
    return member.isfile() and path.suffix == ".yaml" and path.parent.name == "datasets" and len(path.parts) <= 3


def from_yaml(name: str, value: dict[str, Any]) -> Item:
    """One entry of the registry."""
    stores = [it for it in value.get("Resources") or [] if it.get("Type") == "S3 Bucket" and it.get("ARN")]
    places = tuple(Resource("s3://" + str(it["ARN"]).split(":::", 1)[-1]) for it in stores)
    return Item(
        source="aws",
        id=name,
        title=plain(value["Name"], 200),
        description=plain(value.get("Description"), _DESCRIPTION),
        license=spdx(str(value.get("License") or ""))[:200],
        url=f"https://registry.opendata.aws/{name}/",
        access=_access(value, stores),
        resources=places,
        citation=plain(value.get("Citation"), 300),
        updated=plain(value.get("UpdateFrequency"), 80),
        tags=tuple(str(tag) for tag in value.get("Tags") or []),
    )


def _access(value: dict[str, Any], stores: list[dict[str, Any]]) -> str:
    if value.get("Deprecated") or value.get("DeprecatedNotice"):
        return DEPRECATED
    first = stores[0] if stores else {}  # what an import reads
    if first.get("ControlledAccess"):
        return CONTROLLED
    return PAYS if first.get("RequesterPays") else OPEN


def compact(items: Iterable[Item]) -> bytes:
    """The catalogue as it is stored: the same items give the same bytes."""
    rows = [{key: value for key, value in asdict(item).items() if value and key != "source"} for item in items]
    text = json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)


def _item(value: dict[str, Any]) -> Item:
    resources = tuple(Resource(**it) for it in value.pop("resources", []))
    for key in ("tags", "columns"):
        value[key] = tuple(value.get(key, ()))
    value.setdefault("url", f"https://registry.opendata.aws/{value['id']}/")
    return Item(source="aws", resources=resources, **value)


def score(item: Item, words: list[str]) -> int:
    """0 where a word is missing."""
    title, tags, rest = item.title.lower(), " ".join(item.tags).lower(), f"{item.description} {item.id}".lower()
    total = 0
    for word in words:
        found = 6 * (word in title) + 3 * (word in tags) + (word in rest)
        if not found:
            return 0
        total += found
    return total
