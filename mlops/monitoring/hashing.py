"""xxHash64 (Yann Collet) of many texts at once, as Spark hashes them: seed 42 over the UTF-8 bytes."""

import numpy as np

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
_LOW_HALF, _LOW_BYTE = np.uint64(0xFFFFFFFF), np.uint64(0xFF)


def unordered(texts: Texts, seed: int = SEED) -> Words:
    """The hash of every text, those of equal length together: what counts distinct ones needs no order."""
    counts = np.bincount(texts.lengths, minlength=1)
    starts, begin, parts = texts.starts.take(texts.by_length), 0, []
    for length in np.flatnonzero(counts).tolist():
        end = begin + int(counts[length])
        parts.append(_of_length(texts, starts[begin:end], length, seed))
        begin = end
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.uint64)


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
    hashes = sum((_rotated(lane, by) for lane, by in zip(lanes, rotations, strict=True)), np.uint64(0))
    for lane in lanes:
        hashes = (hashes ^ _round_of_zero(lane)) * _P1 + _P4
    return np.asarray(hashes)


def _tail(texts: Texts, starts: Integers, length: int, hashes: Words) -> Words:
    """The bytes after the last whole stripe: eight, then four, then one at a time."""
    offset = length - length % _STRIPE
    spare = np.empty_like(hashes)
    while offset + 8 <= length:
        hashes ^= _round_of_zero(texts.words[starts + offset] if offset else texts.words[starts])
        _rotate(hashes, 27, spare)
        hashes *= _P1
        hashes += _P4
        offset += 8
    if offset == length:
        return hashes
    rest = texts.words[starts + offset] if offset else texts.words[starts]
    part = np.empty_like(hashes)
    if offset + 4 <= length:
        np.bitwise_and(rest, _LOW_HALF, out=part)
        part *= _P1
        hashes ^= part
        _rotate(hashes, 23, spare)
        hashes *= _P2
        hashes += _P3
        rest >>= np.uint64(32)
        offset += 4
    for _ in range(length - offset):
        np.bitwise_and(rest, _LOW_BYTE, out=part)
        part *= _P5
        hashes ^= part
        _rotate(hashes, 11, spare)
        hashes *= _P1
        rest >>= np.uint64(8)
    return hashes


def _round(lane: Words, word: Words) -> Words:
    return _mixed(word * _P2 + lane)


def _round_of_zero(word: Words) -> Words:
    return _mixed(word * _P2)


def _mixed(mixed: Words) -> Words:
    _rotate(mixed, 31, np.empty_like(mixed))
    mixed *= _P1
    return mixed


def _rotate(words: Words, by: int, spare: Words) -> None:
    """Rotate in place; a second array saves allocating one, which would take as long as the rotation."""
    np.right_shift(words, np.uint64(64 - by), out=spare)
    np.left_shift(words, np.uint64(by), out=words)
    np.bitwise_or(words, spare, out=words)


def _rotated(words: Words, by: int) -> Words:
    result = words.copy()
    _rotate(result, by, np.empty_like(result))
    return result


def _avalanche(hashes: Words) -> Words:
    spare = np.empty_like(hashes)
    for shift, prime in ((33, _P2), (29, _P3), (32, None)):
        np.right_shift(hashes, np.uint64(shift), out=spare)
        hashes ^= spare
        if prime is not None:
            hashes *= prime
    return hashes
