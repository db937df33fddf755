"""Hashed n-grams of a whole batch at once: no vocabulary, no Python loop over words.

All texts of a batch are one array of code points. A polynomial rolling hash (modulo 2**64, by sums) gives the
hash of every span in constant time; words and n-grams are spans. A feature's bucket is the low
bits of its mixed hash, so the same code makes the features in training and at run time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

BUCKETS = 1 << 21
_BASE = 0x9E3779B97F4A7C15
_WRAP = (1 << 64) - 1
_PLANE = 0x20000
"""Code points with a row in the tables: the letters of all living scripts, and emoji."""


class Grams(NamedTuple):
    """What is counted: runs of up to `words` words, and of `shortest` to `longest` letters (none: 1, 0)."""

    words: int = 0
    shortest: int = 1
    longest: int = 0


class Vocabulary(NamedTuple):
    """The buckets that a model knows and the weight of each."""

    columns: npt.NDArray[np.int32]
    """Bucket → column, -1 where the model has none."""
    idf: Floats
    """Inverse document frequency, one a column."""


class _Codes(NamedTuple):
    letters: Hashes
    """Lower-case code points, every digit the same, 0 where neither stands."""
    symbols: Hashes
    """Lower-case code points, every blank the same."""
    row: Ints
    """Which text each code point belongs to; the last one of each text is an end mark."""


@cache
def _tables() -> tuple[Hashes, Hashes]:
    chars = [chr(code) for code in range(_PLANE)]
    lower = [ord("0" if char.isdecimal() else char.lower()[0]) for char in chars]
    letters = [low if char.isalnum() else 0 for char, low in zip(chars, lower, strict=True)]
    symbols = [ord(" ") if char.isspace() else low for char, low in zip(chars, lower, strict=True)]
    return np.array(letters, dtype=np.uint64), np.array(symbols, dtype=np.uint64)


@cache
def _powers(base: int, size: int) -> Hashes:
    factors = np.full(size, base, dtype=np.uint64)
    factors[0] = 1
    return np.multiply.accumulate(factors)


def _codes(texts: Sequence[str]) -> _Codes:
    joined = "".join(f" {text} \x00" for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "replace"), dtype=np.uint32)
    codes = np.minimum(codes, _PLANE - 1)
    letters, symbols = _tables()
    lengths = np.fromiter((len(text) + 3 for text in texts), dtype=np.int64, count=len(texts))
    return _Codes(letters[codes], symbols[codes], np.repeat(np.arange(len(texts)), lengths))


def _mix(hashes: Hashes, salt: int) -> Hashes:
    """The finaliser of MurmurHash3 (public domain): spreads every bit over all."""
    mixed = hashes ^ np.uint64(salt * _BASE & _WRAP)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        mixed ^= mixed >> np.uint64(33)
        mixed *= np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(33))


def _spans(codes: Hashes, starts: Ints, ends: Ints) -> Hashes:
    """The hash of each span [start, end), the same wherever it stands."""
    size = 1 << len(codes).bit_length()
    sums = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum(codes * _powers(_BASE, size)[: len(codes)], out=sums[1:])
    return (sums[ends] - sums[starts]) * _powers(pow(_BASE, -1, 1 << 64), size)[starts]


def _word_runs(codes: _Codes, longest: int, salt: int) -> list[tuple[Ints, Hashes]]:
    edges = np.flatnonzero(np.diff(codes.letters != 0)) + 1
    starts, ends = edges[::2], edges[1::2]
    words, row = _mix(_spans(codes.letters, starts, ends), salt), codes.row[starts]
    runs = [(row, words)]
    for length in range(1, longest):
        last_row, last = runs[-1]
        same = last_row[:-1] == row[length:]
        # Rows that fail `same` stay in place, marked -1, so that the next length lines up.
        runs.append(
            (np.where(same, last_row[:-1], -1), _mix(last[:-1] * np.uint64(3) + words[length:], length))
        )
    return runs


def _letter_runs(codes: _Codes, length: int, salt: int) -> tuple[Ints, Hashes]:
    starts = np.flatnonzero(codes.row[:-length] == codes.row[length:])
    return codes.row[starts], _mix(_spans(codes.symbols, starts, starts + length), salt + length)


def count(texts: Sequence[str], grams: Grams, salt: int) -> tuple[Ints, npt.NDArray[np.uint32]]:
    """Row and bucket of every n-gram of the texts; `salt` keeps the blocks of a model apart."""
    if not texts:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint32)
    codes = _codes(texts)
    runs = _word_runs(codes, grams.words, salt) if grams.words else []
    runs += [_letter_runs(codes, n, salt) for n in range(grams.shortest, grams.longest + 1)]
    rows = np.concatenate([row for row, _ in runs])
    buckets = (np.concatenate([hashes for _, hashes in runs]) & np.uint64(BUCKETS - 1)).astype(np.uint32)
    inside = rows >= 0
    return rows[inside], buckets[inside]


def weigh(texts: Sequence[str], grams: Grams, salt: int, vocabulary: Vocabulary) -> sparse.csr_array:
    """Weighted n-grams that the vocabulary knows: log counts × idf, each row of length 1 (or 0)."""
    rows, buckets = count(texts, grams, salt)
    columns = vocabulary.columns[buckets]
    known = columns >= 0
    rows, columns = rows[known].astype(np.int32), columns[known]
    shape = (len(texts), len(vocabulary.idf))
    matrix = sparse.csr_array((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=shape)
    matrix.data = (1 + np.log(matrix.data)) * vocabulary.idf[matrix.indices]
    lengths = np.sqrt(np.add.reduceat(np.append(matrix.data**2, 0), matrix.indptr[:-1]))
    lengths[np.diff(matrix.indptr) == 0] = 1
    matrix.data /= np.repeat(lengths, np.diff(matrix.indptr))
    return matrix
