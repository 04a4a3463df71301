"""xxHash64 (Yann Collet) of many texts at once, as Spark hashes them: seed 42 over the UTF-8 bytes."""

import numpy as np
import numpy.typing as npt

from mlops.monitoring.texts import Integers, Texts, Words

SEED = 42
_P1, _P2, _P3, _P4, _P5 = (
    np.uint64(prime)
    for prime in (
        0x9E3779B185EBCA87,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0x85EBCA77C2B2AE63,
        0x27D4EB2F165667C5,
    )
)
_STRIPE = 32
_LOW_HALF = np.uint64(0xFFFFFFFF)


def xxhash64(texts: Texts, seed: int = SEED) -> Words:
    """The hash of every text, in order."""
    hashes = np.empty(len(texts.lengths), dtype=np.uint64)
    for length in np.flatnonzero(np.bincount(texts.lengths, minlength=1)).tolist():
        rows = np.flatnonzero(texts.lengths == length)
        hashes[rows] = _of_length(texts, texts.starts[rows], length, seed)
    return hashes


def _of_length(texts: Texts, starts: Integers, length: int, seed: int) -> Words:
    with np.errstate(over="ignore"):
        if length >= _STRIPE:
            hashes = _stripes(texts, starts, length, np.uint64(seed))
        else:
            hashes = np.full(len(starts), np.uint64(seed) + _P5, dtype=np.uint64)
        hashes += np.uint64(length)
        return _avalanche(_tail(texts, starts, length, hashes))


def _stripes(texts: Texts, starts: Integers, length: int, seed: np.uint64) -> Words:
    """Four accumulators over all whole stripes of 32 bytes, merged."""
    begin = (seed + _P1 + _P2, seed + _P2, seed, seed - _P1)
    lanes = [np.full(len(starts), value, dtype=np.uint64) for value in begin]
    for offset in range(0, length - _STRIPE + 1, _STRIPE):
        for number, lane in enumerate(lanes):
            lanes[number] = _round(lane, texts.words[starts + (offset + 8 * number)])
    rotations = (1, 7, 12, 18)
    hashes = sum((_rotate(lane, by) for lane, by in zip(lanes, rotations, strict=True)), np.uint64(0))
    for lane in lanes:
        hashes = (hashes ^ _round(np.zeros_like(lane), lane)) * _P1 + _P4
    return np.asarray(hashes)


def _tail(texts: Texts, starts: Integers, length: int, hashes: Words) -> Words:
    """The bytes after the last whole stripe: eight, then four, then one at a time."""
    offset = length - length % _STRIPE
    while offset + 8 <= length:
        hashes ^= _round(np.uint64(0), texts.words[starts + offset])
        hashes = _rotate(hashes, 27)
        hashes *= _P1
        hashes += _P4
        offset += 8
    if offset == length:
        return hashes
    rest = texts.words[starts + offset]
    if offset + 4 <= length:
        hashes ^= (rest & _LOW_HALF) * _P1
        hashes = _rotate(hashes, 23)
        hashes *= _P2
        hashes += _P3
        rest >>= np.uint64(32)
        offset += 4
    for _ in range(length - offset):
        hashes ^= (rest & np.uint64(0xFF)) * _P5
        hashes = _rotate(hashes, 11)
        hashes *= _P1
        rest >>= np.uint64(8)
    return hashes


def _round(lane: Words | np.uint64, word: Words) -> Words:
    mixed = word * _P2
    mixed += lane
    mixed = _rotate(mixed, 31)
    mixed *= _P1
    return mixed


def _rotate(words: Words, by: int) -> Words:
    high = words << np.uint64(by)
    high |= words >> np.uint64(64 - by)
    return high


def _avalanche(hashes: Words) -> npt.NDArray[np.uint64]:
    hashes ^= hashes >> np.uint64(33)
    hashes *= _P2
    hashes ^= hashes >> np.uint64(29)
    hashes *= _P3
    hashes ^= hashes >> np.uint64(32)
    return hashes
