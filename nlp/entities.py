"""Who a text names: public bodies and officials by grammar, other people and organisations by the encoder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from nlp.bodies import bodies
from nlp.encoder import Encoder
from nlp.labels import Entity, Place
from nlp.linear import Pair
from nlp.tags import WORD

_ABBREVIATED = frozenset(("TP", "Tp", "TX", "Tx", "TT", "Tt", "TS", "ThS", "Th", "PGS", "GS", "BS"))
"""Before a full stop that ends no sentence, as does any single capital: `TP. Hồ Chí Minh`, `anh H. kể`."""
_WORDS = 120
"""So many words of a sentence are read at once; few sentences are longer."""
_KINDS: dict[str, Literal["person", "organisation"]] = {"PER": "person", "ORG": "organisation"}


def entities(
    pair: Pair, places: Sequence[Place], province: str, encoder: Encoder | None = None
) -> tuple[Entity, ...]:
    """The entities of a normalised title and text, in reading order.

    `places` are the text's units and `province` where its event happens. Without an encoder only those that
    the grammar knows: public bodies and officials.
    """
    known = bodies(pair.text, pair.title, places, province)
    if encoder is None:
        return known
    there: tuple[Entity | Place, ...] = (*known, *places)
    taken = [range(some.start, some.start + len(some.written)) for some in there]
    named = [
        entity
        for entity in (*_named(encoder, pair.title, -len(pair.title) - 1), *_named(encoder, pair.text, 0))
        if not any(
            entity.start < span.stop and span.start < entity.start + len(entity.written) for span in taken
        )
    ]
    return tuple(sorted((*known, *named), key=lambda entity: entity.start))


def _named(encoder: Encoder, text: str, shift: int) -> Iterator[Entity]:
    sentences = list(_sentences(text))
    found = encoder.names([[word[0] for word in words] for words in sentences])
    for words, names in zip(sentences, found, strict=True):
        for name in names:
            if name.kind in _KINDS:
                start, end = words[name.start].start(), words[name.end - 1].end()
                yield Entity(kind=_KINDS[name.kind], written=text[start:end], start=start + shift)


def _sentences(text: str) -> Iterator[list[re.Match[str]]]:
    """The words of each sentence, its signs among them."""
    words: list[re.Match[str]] = []
    for word in WORD.finditer(text):
        if words and (len(words) == _WORDS or _ends(text, words, word)):
            yield words
            words = []
        words.append(word)
    if words:
        yield words


def _ends(text: str, words: Sequence[re.Match[str]], word: re.Match[str]) -> bool:
    """Whether the sentence of `words` ends before `word`."""
    last, gap = words[-1][0], text[words[-1].end() : word.start()]
    if "\n" in gap:
        return True
    if not gap or last not in ".!?…":
        return False
    before = words[-2][0] if len(words) > 1 else ""
    return last != "." or not (before in _ABBREVIATED or (len(before) == 1 and before.isupper()))
