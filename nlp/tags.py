"""Names in sentences: the BIO tags of the encoder, and the spans they make."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

KINDS = ("PER", "ORG", "LOC")
WORD = re.compile(r"\w+(?:\.(?=\w)\w+)*|[^\w\s]")
"""A word or a sign, as names are tagged: `TP`, `.`, `HCM`; `Q.1` is one word."""
TAGS = ("O", *(f"{edge}-{kind}" for kind in KINDS for edge in "BI"))


class Name(NamedTuple):
    """A run of words that names a person, an organisation or a place."""

    kind: str
    start: int
    """The first word."""
    end: int
    """The word after the last."""


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
