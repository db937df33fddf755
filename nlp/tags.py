"""Names in sentences: the BIO tags of the encoder, the likeliest row of them, and the spans they make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nlp.features import Floats

KINDS = ("PER", "ORG", "LOC")
WORD = re.compile(r"\w+(?:\.(?=\w)\w+)*|[^\w\s]")
"""A word or a sign, as names are tagged: `TP`, `.`, `HCM`; `Q.1` is one word."""
TAGS = ("O", *(f"{edge}-{kind}" for kind in KINDS for edge in "BI"))
_BEGINNING = len(TAGS)
"""Row of `Follows` for what stands first in a sentence."""
_WEIGHT = 0.4
"""Of what usually follows what, beside what the encoder sees, which knows much of it already.

On the held-out names F1 is .822 of each word's best tag alone, .850 with only what cannot follow ruled out,
and .858, .854 and .846 with a weight of .3, .6 and 1 (2026-11-25)."""
_NEVER = -1e4

Follows = npt.NDArray[np.float64]
"""(Tags + 1) × tags: what is added to the score of a tag after another; the last row: where a sentence
begins."""


class Name(NamedTuple):
    """A run of words that names a person, an organisation or a place."""

    kind: str
    start: int
    """The first word."""
    end: int
    """The word after the last."""


def follows(sentences: Iterable[Sequence[str]]) -> Follows:
    """Learn from rows of tags: the logarithm of how much oftener than elsewhere a tag follows another.

    An `I-` after anything but its own kind is ruled out.
    """
    number = {tag: place for place, tag in enumerate(TAGS)}
    counts = np.full((len(TAGS) + 1, len(TAGS)), 0.01)
    for tags in sentences:
        for before, then in pairwise((_BEGINNING, *(number[tag] for tag in tags))):
            counts[before, then] += 1
    after = counts / counts.sum(axis=1, keepdims=True)
    weighted: Follows = _WEIGHT * np.log(after / (counts.sum(axis=0) / counts.sum()))
    for place, tag in enumerate(TAGS):
        if tag.startswith("I-"):
            others = [row for row in range(len(TAGS) + 1) if row not in (place, number[f"B{tag[1:]}"])]
            weighted[others, place] = _NEVER
    return weighted.round(3)


def likeliest(scores: Sequence[Floats], follows: Follows) -> list[list[str]]:
    """The row of tags with the highest sum of scores (words × tags) for each sentence (Viterbi)."""
    lengths = np.array([len(each) for each in scores], int)
    if not lengths.any():
        return [[] for _ in scores]
    padded = np.zeros((len(scores), lengths.max(), len(TAGS)), np.float32)
    for row, each in enumerate(scores):
        padded[row, : len(each)] = each
    stay = np.arange(len(TAGS))
    best, came = padded[:, 0] + follows[_BEGINNING], []
    for word in range(1, lengths.max()):
        reached = best[:, :, None] + follows[:_BEGINNING]
        going = (word < lengths)[:, None]
        came.append(np.where(going, reached.argmax(axis=1), stay))
        best = np.where(going, reached.max(axis=1) + padded[:, word], best)
    path = [best.argmax(axis=1)]
    for previous in reversed(came):
        path.append(previous[np.arange(len(scores)), path[-1]])
    rows = np.stack(path[::-1], axis=1).tolist()
    return [[TAGS[tag] for tag in row[:length]] for row, length in zip(rows, lengths, strict=True)]


def names(tags: Sequence[str]) -> list[Name]:
    """The names that a row of BIO tags makes; an I- of another kind than the word before begins a name."""
    found: list[Name] = []
    for place, tag in enumerate(tags):
        edge, _, kind = tag.partition("-")
        if not kind:
            continue
        if edge == "I" and found and found[-1].end == place and found[-1].kind == kind:
            found[-1] = found[-1]._replace(end=place + 1)
        else:
            found.append(Name(kind, place, place + 1))
    return found
