"""The order in which Scala 2.12 iterates an immutable Map of texts, which is the order of Model Monitor's lists."""

from collections.abc import Mapping

_MASK = 0xFFFFFFFF
_SMALL = 4  # a Map of up to four keeps the order of insertion


def as_scala_map(counts: Mapping[str, int]) -> dict[str, int]:
    """The same counts: most frequent first where there are at most four, else in the order of the hash trie."""
    if len(counts) <= _SMALL:
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return {text: counts[text] for text in sorted(counts, key=_trie_path)}


def _trie_path(text: str) -> tuple[tuple[int, ...], str]:
    """The branch taken on each level of the trie: five bits of the improved hash, lowest first."""
    value = _improve(_java_hash(text))
    return tuple(value >> shift & 31 for shift in range(0, 35, 5)), text


def _java_hash(text: str) -> int:
    """java.lang.String.hashCode over the UTF-16 units."""
    units = text.encode("utf-16-be", "surrogatepass")
    value = 0
    for begin in range(0, len(units), 2):
        value = 31 * value + int.from_bytes(units[begin : begin + 2], "big") & _MASK
    return value


def _improve(value: int) -> int:
    """scala.collection.immutable.HashMap.improve."""
    value = value + ~(value << 9) & _MASK
    value ^= value >> 14
    value = value + (value << 4) & _MASK
    return value ^ value >> 10
