"""The encoder tier at run time: an ONNX graph with 8-bit weights, on all processors, one text at a time.

One text at a time needs no padding, costs no speed (75 texts of 192 pieces a second on 2 cores, batched or
not; 2026-11-25), and keeps a text's labels free of its neighbours.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from nlp import tags, tokens
from nlp.features import Floats
from nlp.linear import Pair, softmax


class Reading(NamedTuple):
    """What the encoder says of a text."""

    probabilities: Mapping[str, Floats]
    """Head → one probability a label."""
    tags: Floats
    """Pieces × tags, before the softmax."""
    vector: Floats
    """384 numbers of length 1: texts of one story have near vectors."""


class Encoder(NamedTuple):
    """The graph, its words, and what its outputs mean."""

    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer
    heads: Mapping[str, tuple[str, ...]]
    """Head → its labels, in the order of the graph's scores."""
    card: Mapping[str, Any]

    def read(self, pairs: Sequence[Pair]) -> Iterator[Reading]:
        """Read normalised texts, in order."""
        return self.run([tokens.read(self.tokenizer, *pair) for pair in pairs])

    def run(self, texts: Sequence[Sequence[int]]) -> Iterator[Reading]:
        """Run the graph over texts that are cut into ids already."""
        return map(self._reading, _pool().map(self._run, texts))

    def names(self, sentences: Sequence[Sequence[str]]) -> Iterator[list[tags.Name]]:
        """The names of each sentence, which is a row of words as written."""
        read = [tokens.read_words(self.tokenizer, words) for words in sentences]
        for words, reading in zip(read, self.run([words.ids for words in read]), strict=True):
            yield tags.names([tags.TAGS[best] for best in reading.tags[words.starts].argmax(axis=1)])

    def _run(self, ids: Sequence[int]) -> Sequence[Floats]:
        outputs: Sequence[Floats] = self.session.run(None, {"ids": np.array([ids])})
        return outputs

    def _reading(self, outputs: Sequence[Floats]) -> Reading:
        scores, tags, vector = outputs
        probabilities, start = {}, 0
        for head, labels in self.heads.items():
            probabilities[head] = softmax(scores[None, start : start + len(labels)])[0]
            start += len(labels)
        return Reading(probabilities, tags, vector[0])


@cache
def _pool() -> ThreadPoolExecutor:
    """A thread a processor: the graph runs outside of Python's lock."""
    return ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="encoder")


os.register_at_fork(after_in_child=_pool.cache_clear)  # a child has none of its parent's threads


@cache
def load(version: str) -> Encoder:
    """The packaged encoder, `encoder-1`; read once."""
    folder = files("nlp").joinpath("models")
    facts = json.loads(folder.joinpath(f"{version}.json").read_text("utf-8"))
    return opened(
        folder.joinpath(f"{version}.onnx").read_bytes(),
        folder.joinpath(f"{version}.tokenizer.json").read_text("utf-8"),
        facts,
    )


def opened(graph: bytes, words: str, facts: Mapping[str, Any]) -> Encoder:
    """An encoder from what its three files hold."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    heads = {head: tuple(labels) for head, labels in facts["heads"].items()}
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return Encoder(session, Tokenizer.from_str(words), heads, facts["card"])
