"""The encoder tier at run time: an ONNX graph with 8-bit weights, on all processors, one text at a time.

Beside it a linear model of the same training says its word: the two err on different texts.

One text at a time needs no padding, costs no speed (75 texts of 192 pieces a second on 2 cores, batched or
not; 2026-11-25), and keeps a text's labels free of its neighbours.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from nlp import linear, tags, tokens
from nlp.features import Floats
from nlp.linear import Pair, batches, softmax

_LEAST = 1e-6
"""Probabilities below are taken for this: of nothing there is no logarithm."""


class Reading(NamedTuple):
    """What the encoder and its companion say of a text."""

    probabilities: Mapping[str, Floats]
    """Head → one probability a label."""
    vector: Floats
    """384 numbers of length 1: texts of one story have near vectors."""


class Outputs(NamedTuple):
    """What the graph says of a text."""

    scores: Floats
    """Of the labels of all heads, before the softmax."""
    tags: Floats
    """Pieces × tags, before the softmax."""
    vector: Floats
    """As in `Reading`."""


class Encoder(NamedTuple):
    """The graph, its words, and what its outputs mean."""

    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer
    heads: Mapping[str, tuple[str, ...]]
    """Head → its labels, in the order of the graph's scores."""
    card: Mapping[str, Any]
    companion: linear.Model
    shares: Mapping[str, float]
    """Head → how much the companion's word weighs, up to 1, where it has a say."""
    follows: tags.Follows

    def read(self, pairs: Sequence[Pair], heads: Collection[str]) -> Iterator[Reading]:
        """Read texts (`linear.as_read`), in order, and answer for `heads`."""
        columns = {head: place for head, place in self._columns() if head in heads}
        for batch in batches(pairs):
            outputs = self.run([tokens.read(self.tokenizer, *pair) for pair in batch])
            beside = self.companion.probabilities(batch, columns.keys() & self.shares.keys())
            for row, output in enumerate(outputs):
                found = {head: softmax(output.scores[place]) for head, place in columns.items()}
                for head in self.shares.keys() & found.keys():
                    found[head] = mixed(found[head], beside[head][row], self.shares[head])
                yield Reading(found, output.vector)

    def run(self, texts: Sequence[Sequence[int]]) -> Iterator[Outputs]:
        """Run the graph, at once and on threads of its own, over texts that are cut into ids already."""
        return _pool().map(self._run, texts)

    def names(self, sentences: Sequence[Sequence[str]]) -> Iterator[list[tags.Name]]:
        """The names of each sentence, which is a row of words as written."""
        read = [tokens.read_words(self.tokenizer, words) for words in sentences]
        outputs = self.run([words.ids for words in read])
        scores = [output.tags[words.starts] for words, output in zip(read, outputs, strict=True)]
        return map(tags.names, tags.likeliest(scores, self.follows))

    def _run(self, ids: Sequence[int]) -> Outputs:
        scores, tags, vectors = self.session.run(None, {"ids": np.array([ids])})
        return Outputs(scores, tags, vectors[0])

    def _columns(self) -> Iterator[tuple[str, slice]]:
        """Each head and where its labels stand in the graph's scores."""
        start = 0
        for head, labels in self.heads.items():
            yield head, slice(start, start + len(labels))
            start += len(labels)


def mixed(own: Floats, other: Floats, share: float) -> Floats:
    """The geometric mean of two sets of probabilities (… × labels), `other` weighing `share`."""
    return softmax((1 - share) * logarithms(own) + share * logarithms(other))


def logarithms(probabilities: Floats) -> Floats:
    """Of probabilities that may be 0."""
    return np.log(np.maximum(probabilities, _LEAST))


@cache
def _pool() -> ThreadPoolExecutor:
    """A thread a processor: the graph runs outside of Python's lock."""
    return ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="encoder")


os.register_at_fork(after_in_child=_pool.cache_clear)  # a child has none of its parent's threads


@cache
def load(version: str) -> Encoder:
    """The packaged encoder, `encoder-1`; read once."""
    folder = files("nlp").joinpath("models")
    return opened(
        folder.joinpath(f"{version}.onnx").read_bytes(),
        folder.joinpath(f"{version}.tokenizer.json").read_text("utf-8"),
        json.loads(folder.joinpath(f"{version}.json").read_text("utf-8")),
        linear.load(f"{version}.companion"),
    )


def opened(graph: bytes, words: str, facts: Mapping[str, Any], companion: linear.Model) -> Encoder:
    """An encoder from what its files hold."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    heads = {head: tuple(labels) for head, labels in facts["heads"].items()}
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    follows = np.array(facts["follows"])
    return Encoder(
        session, Tokenizer.from_str(words), heads, facts["card"], companion, facts["shares"], follows
    )
