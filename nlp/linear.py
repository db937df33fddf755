"""The linear tier at run time: int8 weights over hashed n-grams, read from npz and JSON (no pickle).

A model has two spaces, one for articles' heads and one for the heads of what people write; a space is some
blocks (a field and the n-grams counted in it) and one weight matrix for all its heads.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import IO, Any, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

from nlp.accents import restored
from nlp.features import BUCKETS, Floats, Grams, Vocabulary, weigh
from nlp.text import expand

FIRST_LETTERS = 2500
"""As a rule only so much of a text is read: an article says early what it is about."""

Field = Literal["title", "text", "all"]
T = TypeVar("T")


class Pair(NamedTuple):
    """A normalised title and text."""

    title: str
    text: str


def as_read(title: str, text: str, *, news: bool) -> Pair:
    """A normalised title and text as the models read them.

    Accents that were not typed are put back, and what people abbreviate is written out.
    """
    return spelled_out(with_accents(Pair(title, text)), news=news)


def with_accents(pair: Pair) -> Pair:
    """A normalised title and text with the accents that were not typed."""
    return Pair(restored(pair.title), restored(pair.text))


def spelled_out(pair: Pair, *, news: bool) -> Pair:
    """A title and text with what people abbreviate written out."""
    return pair if news else pair._replace(text=expand(pair.text))


class Block(NamedTuple):
    """N-grams of one field; `weight` is the length of the block's vector."""

    field: Field
    grams: Grams
    weight: float = 1.0
    letters: int = FIRST_LETTERS
    """So much of the text is read."""

    def read(self, pair: Pair) -> str:
        """The block's field of a text, cut."""
        if self.field == "all":
            return f"{pair.title}\n{pair.text[: self.letters]}"
        return pair.title if self.field == "title" else pair.text[: self.letters]


class Head(NamedTuple):
    """One question: its labels are columns of the space's weights, its probabilities a softmax over them."""

    name: str
    labels: tuple[str, ...]


class Space(NamedTuple):
    """Blocks with their vocabularies, and the heads over them."""

    blocks: tuple[Block, ...]
    vocabularies: tuple[Vocabulary, ...]
    heads: tuple[Head, ...]
    weights: Floats
    """Features × labels of all heads."""
    bias: Floats

    def read(self, pairs: Sequence[Pair]) -> Iterator[tuple[int, Block, list[str]]]:
        """Each block with the number that salts its hashes, and what it reads of the texts."""
        for salt, block in enumerate(self.blocks, 1):
            yield salt, block, [block.read(pair) for pair in pairs]

    def features(self, pairs: Sequence[Pair]) -> sparse.csr_array:
        """The blocks side by side."""
        parts = [
            weigh(texts, block.grams, salt, known) * block.weight
            for (salt, block, texts), known in zip(self.read(pairs), self.vocabularies, strict=True)
        ]
        return sparse.csr_array(sparse.hstack(parts, format="csr", dtype=np.float32))

    def predict(self, pairs: Sequence[Pair]) -> Iterator[tuple[str, tuple[str, ...], Floats]]:
        """Each head's name, its labels, and its probabilities: texts × labels."""
        scores, start = self.features(pairs) @ self.weights + self.bias, 0
        for head in self.heads:
            yield head.name, head.labels, softmax(scores[:, start : start + len(head.labels)])
            start += len(head.labels)


class Model(NamedTuple):
    """The spaces by name (`article`, `people`) and the model card."""

    spaces: Mapping[str, Space]
    card: Mapping[str, Any]

    def probabilities(self, pairs: Sequence[Pair], heads: Collection[str]) -> dict[str, Floats]:
        """Head → texts × labels, of the spaces that have one of `heads`."""
        asked = (space for space in self.spaces.values() if any(head.name in heads for head in space.heads))
        return {head: found for space in asked for head, _, found in space.predict(pairs)}


def softmax(scores: Floats) -> Floats:
    """Probabilities of the labels, which are the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float32)


def vocabulary(buckets: npt.NDArray[np.uint32], idf: npt.NDArray[np.floating[Any]]) -> Vocabulary:
    """The look-up table for sorted buckets."""
    columns = np.full(BUCKETS, -1, dtype=np.int32)
    columns[buckets] = np.arange(len(buckets), dtype=np.int32)
    return Vocabulary(columns, idf.astype(np.float32))


def pack(model: Model, arrays: IO[bytes]) -> dict[str, Any]:
    """Write the arrays (8-bit weights, one scale a label) and return what belongs into the JSON file."""
    packed: dict[str, npt.NDArray[Any]] = {}
    for name, space in model.spaces.items():
        scale = np.abs(space.weights).max(axis=0) / 127
        packed[f"{name}.weights"] = np.rint(space.weights / scale).astype(np.int8)
        packed[f"{name}.scale"], packed[f"{name}.bias"] = scale, space.bias
        for number, known in enumerate(space.vocabularies):
            packed[f"{name}.buckets{number}"] = np.flatnonzero(known.columns >= 0).astype(np.uint32)
            packed[f"{name}.idf{number}"] = known.idf.astype(np.float16)
    np.savez_compressed(arrays, **packed)  # type: ignore[arg-type]
    spaces = {name: {"blocks": space.blocks, "heads": space.heads} for name, space in model.spaces.items()}
    return {"spaces": spaces, "card": model.card}


def unpack(arrays: Mapping[str, npt.NDArray[Any]], facts: Mapping[str, Any]) -> Model:
    """Read what `pack` wrote."""
    return Model(
        {name: _space(arrays, name, space) for name, space in facts["spaces"].items()}, facts["card"]
    )


def _space(arrays: Mapping[str, npt.NDArray[Any]], name: str, facts: Mapping[str, Any]) -> Space:
    blocks = tuple(Block(field, Grams(*grams), *rest) for field, grams, *rest in facts["blocks"])
    known = (vocabulary(arrays[f"{name}.buckets{n}"], arrays[f"{name}.idf{n}"]) for n in range(len(blocks)))
    heads = tuple(Head(head, tuple(labels)) for head, labels in facts["heads"])
    weights = arrays[f"{name}.weights"] * arrays[f"{name}.scale"].astype(np.float32)
    return Space(blocks, tuple(known), heads, weights, arrays[f"{name}.bias"])


@cache
def load(version: str) -> Model:
    """A packaged model, `linear-1` or the companion of an encoder; read once."""
    folder = files("nlp").joinpath("models")
    facts = json.loads(folder.joinpath(f"{version}.json").read_text("utf-8"))
    with (
        folder.joinpath(f"{version}.npz").open("rb") as stream,
        np.load(stream, allow_pickle=False) as arrays,
    ):
        return unpack(arrays, facts)


def batches(items: Sequence[T], size: int = 128) -> Iterator[Sequence[T]]:
    """Cut a long list into pieces whose arrays stay in the processor's cache."""
    return (items[start : start + size] for start in range(0, len(items), size))
