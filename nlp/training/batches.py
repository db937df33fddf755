"""Examples as batches of ids of about the same length, and what is true of each."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from nlp import tokens
from nlp.corpora import Example
from nlp.features import Floats
from nlp.public_sets import Sentence
from nlp.tags import TAGS
from nlp.tasks import HEADS, Task
from nlp.text import strip_accents
from nlp.tokens import PADDING, read, read_words

PIECES = 2048
"""Of a batch, padding included."""
UNKNOWN = -100
"""A label that an example does not have; the losses pass it over."""
_STRIPPED = 0.1
"""Accents are put back before a text is read (`nlp.accents`); this is for what they cannot be put back on."""
_UNTITLED = 0.4
"""With every title in sight the encoder learns what is said under which title (2026-11-25: macro-F1 of
sentiment .78 under titles it has read, .66 under new ones)."""
_HIDDEN = 0.12
"""Share of the pieces that are hidden in most texts, for the same reason."""
_OFTEN = 0.7


class Item(NamedTuple):
    """An example as ids, with its truth."""

    task: Task
    ids: list[int]
    labels: Mapping[str, int]
    second_topic: int = UNKNOWN
    part: str = ""
    tags: Mapping[int, int] = {}
    """Place of the id that begins a word → number of its tag."""


class Batch(NamedTuple):
    """Texts × pieces, and the truth of each text."""

    items: Sequence[Item]
    ids: npt.NDArray[np.int64]
    weights: Floats
    labels: Mapping[str, npt.NDArray[np.int64]]
    second_topics: npt.NDArray[np.int64]
    tags: npt.NDArray[np.int64]
    """Texts × pieces; `UNKNOWN` where no word begins."""


def epoch(tasks: Sequence[Task], tokenizer: Tokenizer, number: int, cycle: int = 0) -> list[Batch]:
    """The batches of an epoch, shuffled; the same number in the same cycle gives the same batches."""
    chance = random.Random(number)  # noqa: S311
    items = [
        _item(task, example, tokenizer, chance)
        for task in tasks
        for example in _share(task.examples, number * task.epochs[cycle], task.epochs[cycle])
    ]
    found = list(batches(items, chance))
    chance.shuffle(found)
    return found


def whole(task: Task, examples: Sequence[Example | Sentence], tokenizer: Tokenizer) -> list[Item]:
    """Examples as they stand, for validation."""
    return [_item(task, example, tokenizer, None) for example in examples]


def batches(items: Sequence[Item], chance: random.Random | None = None) -> Iterator[Batch]:
    """Cut items into batches of similar lengths; those of one length are mixed by `chance`."""
    order = list(items)
    if chance:
        chance.shuffle(order)
    order.sort(key=lambda item: len(item.ids))
    start = 0
    while start < len(order):
        stop = start + 1
        while stop < len(order) and len(order[stop].ids) * (stop + 1 - start) <= PIECES:
            stop += 1
        yield _batch(order[start:stop])
        start = stop


def _share(examples: Sequence[Example | Sentence], start: int, count: int) -> Iterator[Example | Sentence]:
    order = list(range(len(examples)))
    random.Random(len(examples)).shuffle(order)  # noqa: S311
    turns = (order[place % len(order)] for place in range(start, start + min(count, len(order))))
    return (examples[row] for row in turns)


def _item(
    task: Task, example: Example | Sentence, tokenizer: Tokenizer, chance: random.Random | None
) -> Item:
    if isinstance(example, Sentence):
        return _tagged(task, example, tokenizer, chance)
    title, text = example.as_read(news=task.news)
    if chance and chance.random() < _STRIPPED:
        title, text = strip_accents(title), strip_accents(text)
    if chance and not task.news and chance.random() < _UNTITLED:
        title = ""
    ids = read(tokenizer, title, text)
    if chance and chance.random() < _OFTEN:
        ids = [tokens.UNKNOWN if id_ > tokens.UNKNOWN and chance.random() < _HIDDEN else id_ for id_ in ids]
    labels = {head: HEADS[head].index(label) for head, label in example.labels.items() if head in HEADS}
    second = HEADS["topics"].index(example.second_topic) if example.second_topic else UNKNOWN
    return Item(task, ids, labels, second, example.part)


def _tagged(task: Task, sentence: Sentence, tokenizer: Tokenizer, chance: random.Random | None) -> Item:
    stripped = chance is not None and chance.random() < _STRIPPED
    words = [strip_accents(word) for word in sentence.words] if stripped else sentence.words
    ids, starts = read_words(tokenizer, words)
    tags = {start: TAGS.index(tag) for start, tag in zip(starts, sentence.tags, strict=False)}
    return Item(task, ids, {}, tags=tags)


def _batch(items: Sequence[Item]) -> Batch:
    shape = len(items), max(len(item.ids) for item in items)
    ids = np.full(shape, PADDING, np.int64)
    tags = np.full(shape, UNKNOWN, np.int64)
    for row, item in enumerate(items):
        ids[row, : len(item.ids)] = item.ids
        for place, tag in item.tags.items():
            tags[row, place] = tag
    labels = {
        head: np.array([item.labels.get(head, UNKNOWN) for item in items])
        for head in HEADS
        if any(head in item.labels for item in items)
    }
    weights = np.array([item.task.weight for item in items], np.float32)
    return Batch(items, ids, weights, labels, np.array([item.second_topic for item in items]), tags)
