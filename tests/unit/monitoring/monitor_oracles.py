"""Slow scalar programs written from the published descriptions: what the vectorised ones must equal."""

import math
import re

_MASK = (1 << 64) - 1
_P1, _P2, _P3 = 11400714785074694791, 14029467366897019727, 1609587929392839161
_P4, _P5 = 9650029242287828579, 2870177450012600261

FRACTIONAL = re.compile(r"^(-|\+)? ?\d+((\.\d+)|((?:\.\d+)?[Ee][-+]?\d+))$", re.ASCII)
INTEGRAL = re.compile(r"^(-|\+)? ?\d+$", re.ASCII)


def kind(text: str) -> str:
    """The kind of a text by Deequ's regular expressions (StatefulDataType)."""
    if FRACTIONAL.fullmatch(text):
        return "fractional"
    if INTEGRAL.fullmatch(text):
        return "integral"
    return "boolean" if text in {"true", "false"} else "string"


def _rotate(value: int, by: int) -> int:
    return (value << by | value >> (64 - by)) & _MASK


def _round(lane: int, word: int) -> int:
    return _rotate((lane + word * _P2) & _MASK, 31) * _P1 & _MASK


def xxh64(data: bytes, seed: int) -> int:
    """xxHash64 by its specification (doc/xxhash_spec.md)."""
    position, length = 0, len(data)

    def word(size: int) -> int:
        nonlocal position
        position += size
        return int.from_bytes(data[position - size : position], "little")

    if length >= 32:
        lanes = [(seed + _P1 + _P2) & _MASK, (seed + _P2) & _MASK, seed, (seed - _P1) & _MASK]
        while position + 32 <= length:
            lanes = [_round(lane, word(8)) for lane in lanes]
        value = sum(_rotate(lane, by) for lane, by in zip(lanes, (1, 7, 12, 18), strict=True)) & _MASK
        for lane in lanes:
            value = ((value ^ _round(0, lane)) * _P1 + _P4) & _MASK
    else:
        value = (seed + _P5) & _MASK
    value = (value + length) & _MASK
    while position + 8 <= length:
        value = (_rotate(value ^ _round(0, word(8)), 27) * _P1 + _P4) & _MASK
    if position + 4 <= length:
        value = (_rotate(value ^ word(4) * _P1 & _MASK, 23) * _P2 + _P3) & _MASK
    while position < length:
        value = _rotate(value ^ word(1) * _P5 & _MASK, 11) * _P1 & _MASK
    for shift, prime in ((33, _P2), (29, _P3)):
        value = (value ^ value >> shift) * prime & _MASK
    return value ^ value >> 32


def registers(hashes: list[int]) -> list[int]:
    """HyperLogLog registers at precision 9: leading zeros after the index, plus one, at most 56."""
    result = [0] * 512
    for value in hashes:
        rest = f"{value:064b}"[9:]
        run = len(rest) - len(rest.lstrip("0"))
        index = value >> 55
        result[index] = max(result[index], min(run, 55) + 1)
    return result


class Compactors:
    """Deequ's QuantileNonSample, one value at a time."""

    def __init__(self, size: int = 2048, shrink: float = 0.64) -> None:
        self._size, self._shrink = size, shrink
        self.buffers: list[list[float]] = [[]]
        self._compressions, self._offsets = [0], [0]

    def _capacity(self, height: int) -> int:
        return 2 * (math.ceil(self._size * self._shrink**height / 2) + 1)

    def update(self, item: float) -> None:
        self.buffers[0].append(item)
        if sum(map(len, self.buffers)) > sum(self._capacity(height) for height in range(len(self.buffers))):
            self._condense()

    def _condense(self) -> None:
        for height, buffer in enumerate(self.buffers):
            if len(buffer) >= self._capacity(height):
                if height + 1 == len(self.buffers):
                    self.buffers.append([])
                    self._compressions.append(0)
                    self._offsets.append(0)
                self.buffers[height + 1].extend(self._compact(height))
                return

    def _compact(self, height: int) -> list[float]:
        buffer = self.buffers[height]
        length = len(buffer) - len(buffer) % 2
        if self._compressions[height] % 2 == 1:
            self._offsets[height] = 1 - self._offsets[height]
        self._compressions[height] += 1
        self.buffers[height] = buffer[length:]
        return sorted(buffer[:length])[self._offsets[height] :: 2]
