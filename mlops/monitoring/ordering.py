"""The order of Model Monitor's lists of texts: that in which Scala 2.12 iterates the immutable Maps of Deequ's column profiler.

Deequ counts (column, text) pairs of all columns in one Map and then makes a Map of each column's texts. A Map of up to four keeps the
order of insertion, here that of the pairs; a larger one has the order of its own texts.
"""

from collections.abc import Mapping

_MASK = 0xFFFFFFFF
_SMALL = 4  # a Map of up to four keeps the order of insertion


def as_scala_map(counts: Mapping[str, int], column: str) -> dict[str, int]:
    """The same counts of a column's texts, in Model Monitor's order."""
    code = (lambda text: _pair_hash(column, text)) if len(counts) <= _SMALL else _java_hash
    return {text: counts[text] for text in sorted(counts, key=lambda text: (_trie_path(code(text)), text))}


def _trie_path(code: int) -> tuple[int, ...]:
    """The branch taken on each level of the hash trie: five bits of the improved hash code, lowest first."""
    value = _improve(code)
    return tuple(value >> shift & 31 for shift in range(0, 35, 5))


def _pair_hash(first: str, second: str) -> int:
    """scala.util.hashing.MurmurHash3.productHash of a pair of texts."""
    value = 0xCAFEBABE
    for text in (first, second):
        scrambled = _rotated(_java_hash(text) * 0xCC9E2D51 & _MASK, 15) * 0x1B873593 & _MASK
        value = _rotated(value ^ scrambled, 13) * 5 + 0xE6546B64 & _MASK
    value ^= 2  # the number of elements
    value = (value ^ value >> 16) * 0x85EBCA6B & _MASK
    value = (value ^ value >> 13) * 0xC2B2AE35 & _MASK
    return value ^ value >> 16


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> 32 - bits) & _MASK


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
