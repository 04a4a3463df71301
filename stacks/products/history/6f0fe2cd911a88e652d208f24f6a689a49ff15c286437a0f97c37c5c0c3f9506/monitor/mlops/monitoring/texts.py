"""The texts of a column as one flat buffer, so that numpy can look at all of them at once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

Words = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]
_PADDING = bytes(8)  # so that a word can be read at any byte


@dataclass(frozen=True)
class Texts:
    """UTF-8 texts one after the other: text i is ``data[starts[i] : starts[i] + lengths[i]]``."""

    data: npt.NDArray[np.uint8]  # with eight bytes of padding
    lengths: Integers

    @cached_property
    def starts(self) -> Integers:
        """Where every text begins."""
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def words(self) -> Words:
        """The eight bytes from any position on, as one little-endian number: ``words[position]``."""
        return np.ndarray(shape=(len(self.data) - 7,), dtype="<u8", buffer=self.data, strides=(1,))

    @property
    def bytes(self) -> npt.NDArray[np.uint8]:
        """The bytes without the padding."""
        return self.data[:-8]


def texts_of(values: pl.Series) -> Texts:
    """The texts of a String series without nulls."""
    lengths = values.str.len_bytes().to_numpy().astype(np.int64)
    joined = values.str.join("")[0] if len(values) else ""
    return Texts(np.frombuffer(joined.encode() + _PADDING, dtype=np.uint8), lengths)
