"""The encoder's words: unigram pieces of multilingual-e5-small, pruned to what Vietnamese uses.

A text is read as `<s> title </s> text </s>`, or `<s> text </s>` without a title; both are cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tokenizers import Tokenizer

FIRST, PADDING, LAST, UNKNOWN = 0, 1, 2, 3
"""Ids of `<s>`, `<pad>`, `</s>`, `<unk>`."""


class Window(NamedTuple):
    """How much of a title and of a text is read, in pieces."""

    title: int
    text: int


WINDOW = Window(title=40, text=144)
"""About the 600 letters that the annotators of articles saw; few comments are longer."""
LONGEST = 256
"""Pieces that the encoder reads at once, its marks included."""


_LONGEST_WORD = 16
"""Pieces; what is longer is an address or a row of letters."""


def read(tokenizer: Tokenizer, title: str, text: str) -> list[int]:
    """The ids of a normalised title and text."""
    head = tokenizer.encode(title, add_special_tokens=False).ids[: WINDOW.title] if title else []
    before = [FIRST, *head, LAST] if head else [FIRST]
    return [*before, *tokenizer.encode(text, add_special_tokens=False).ids[: WINDOW.text], LAST]


class Words(NamedTuple):
    """A sentence as the encoder reads it, and where in it each word begins."""

    ids: list[int]
    starts: list[int]


def read_words(tokenizer: Tokenizer, words: Sequence[str]) -> Words:
    """The ids of a sentence and the place of each word's first piece; words beyond `LONGEST` have none."""
    ids, starts = [FIRST], []
    for encoding in tokenizer.encode_batch_fast(list(words), add_special_tokens=False):
        pieces = encoding.ids[:_LONGEST_WORD] or [UNKNOWN]
        if len(ids) + len(pieces) >= LONGEST:
            break
        starts.append(len(ids))
        ids += pieces
    return Words([*ids, LAST], starts)
