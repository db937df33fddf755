"""Who a text names: public bodies and officials by grammar, other people and organisations by the encoder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from nlp.bodies import bodies
from nlp.encoder import Encoder
from nlp.labels import Entity
from nlp.linear import Pair
from nlp.tags import TAGS, names
from nlp.tokens import read_words

_SENTENCE = re.compile(r"[^.!?…\n]+(?:[.!?…]+(?!\s)[^.!?…\n]*)*[.!?…]*")
_WORD = re.compile(r"\w+(?:\.(?=\w)\w+)*|[^\w\s]")
_KINDS: dict[str, Literal["person", "organisation"]] = {"PER": "person", "ORG": "organisation"}


def entities(
    pair: Pair,
    encoder: Encoder | None = None,
    *,
    home_province: str = "",
    published_at: datetime | None = None,
) -> tuple[Entity, ...]:
    """The entities of a normalised title and text, in reading order.

    Without an encoder only those that the grammar knows: public bodies and officials.
    """
    known = bodies(pair.text, pair.title, home_province=home_province, published_at=published_at)
    if encoder is None:
        return known
    taken = [range(entity.start, entity.start + len(entity.written)) for entity in known]
    named = [
        entity
        for entity in (*_named(encoder, pair.title, -len(pair.title) - 1), *_named(encoder, pair.text, 0))
        if not any(
            entity.start < span.stop and span.start < entity.start + len(entity.written) for span in taken
        )
    ]
    return tuple(sorted((*known, *named), key=lambda entity: entity.start))


def _named(encoder: Encoder, text: str, shift: int) -> Iterator[Entity]:
    sentences = [list(_WORD.finditer(text, *match.span())) for match in _SENTENCE.finditer(text)]
    sentences = [words for words in sentences if words]
    read = [read_words(encoder.tokenizer, [word[0] for word in words]) for words in sentences]
    for words, ids, reading in zip(sentences, read, encoder.run(read), strict=True):
        tags = [TAGS[best] for best in reading.tags[ids.starts].argmax(axis=1)]
        for name in names(tags):
            if name.kind in _KINDS:
                start, end = words[name.start].start(), words[name.end - 1].end()
                yield Entity(kind=_KINDS[name.kind], written=text[start:end], start=start + shift)
