"""One function from texts to labels, whatever the tier."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from nlp import encoder, linear
from nlp.entities import entities
from nlp.features import Floats
from nlp.labels import TIER, Entity, Labels, Place, Scored, Text, Tier
from nlp.linear import Pair, batches, spelled_out, with_accents
from nlp.places import province_today, provinces
from nlp.text import normalise
from nlp.units import units

TIERS: Mapping[Tier, str] = {"encoder": "encoder-1", "linear": "linear-1"}
"""The tiers and the version of each that this release carries."""
DETAILS = ("places", "entities", "vector")
"""What is found only on request."""
ARTICLE_HEADS = ("topics", "valence", "stance")
PEOPLE_HEADS = ("topics", "sentiment", "target", "toxic")
SECOND_TOPIC = 0.3
"""A topic beside the main one must have this probability."""

Named = TypeVar("Named", Entity, Place)
Probabilities = Mapping[str, tuple[Sequence[str], Floats]]
"""Head → its labels and the probability of each."""


def annotate(texts: Sequence[Text], tier: Tier = TIER, details: Collection[str] = ()) -> list[Labels]:
    """Label texts, in order; heads that do not apply to a text's kind stay None.

    Articles have topics, valence and stance; comments, posts and tickets topics, sentiment, target, toxic;
    all have provinces. `details` asks for some of `DETAILS` besides; the linear tier has no vector and finds
    only those entities that its grammar knows. Raises ValueError for an unknown tier or detail.
    """
    version = _version(tier)
    if unknown := set(details) - set(DETAILS):
        raise ValueError(f"no detail {', '.join(sorted(unknown))}; there are {', '.join(DETAILS)}")
    read = _encoded if tier == "encoder" else _linear
    given = [_given(text) for text in texts]
    return [labels for batch in batches(given) for labels in read(version, batch, details)]


def model_card(tier: Tier = TIER) -> Mapping[str, Any]:
    """What a tier's model was trained on, its terms, splits, figures and known failures."""
    version = _version(tier)
    return encoder.load(version).card if tier == "encoder" else linear.load(version).card


def _version(tier: Tier) -> str:
    if tier not in TIERS:
        raise ValueError(f"no tier {tier!r}; there are {', '.join(TIERS)}")
    return TIERS[tier]


class _Given(NamedTuple):
    """A text, in one spelling."""

    text: Text
    typed: Pair
    read: Pair
    """With the accents that were not typed."""

    @property
    def news(self) -> bool:
        return self.text.kind == "article"

    def asked(self) -> Pair:
        """What the models are asked about."""
        return spelled_out(self.read, news=self.news)


def _given(text: Text) -> _Given:
    typed = Pair(normalise(text.title), normalise(text.text))
    return _Given(text, typed, with_accents(typed))


def _encoded(version: str, texts: Sequence[_Given], details: Collection[str]) -> Iterator[Labels]:
    model = encoder.load(version)
    readings: dict[int, encoder.Reading] = {}
    for news, heads in ((True, ARTICLE_HEADS), (False, PEOPLE_HEADS)):
        rows = [row for row, given in enumerate(texts) if given.news == news]
        readings |= zip(rows, model.read([texts[row].asked() for row in rows], heads), strict=True)
    for row, given in enumerate(texts):
        reading = readings[row]
        found = {head: (model.heads[head], scores) for head, scores in reading.probabilities.items()}
        more = _details(given, details, model)
        if "vector" in details:
            more["vector"] = tuple(reading.vector.tolist())
        yield Labels(**_heads(given, found), **more, model=version)


def _linear(version: str, texts: Sequence[_Given], details: Collection[str]) -> Iterator[Labels]:
    model = linear.load(version)
    asked = [given.asked() for given in texts]
    found: list[dict[str, tuple[Sequence[str], Floats]]] = [{} for _ in texts]
    people = [row for row, given in enumerate(texts) if not given.news]
    for space, rows in (("article", list(range(len(texts)))), ("people", people)):
        if not rows:
            continue
        for head, labels, probabilities in model.spaces[space].predict([asked[row] for row in rows]):
            for row, scores in zip(rows, probabilities, strict=True):
                found[row][head] = labels, scores
    for given, scored in zip(texts, found, strict=True):
        yield Labels(**_heads(given, scored), **_details(given, details, None), model=version)


def _heads(given: _Given, found: Probabilities) -> dict[str, Any]:
    heads = ARTICLE_HEADS if given.news else PEOPLE_HEADS
    return {head: (_topics if head == "topics" else _best)(*found[head]) for head in heads}


def _details(given: _Given, details: Collection[str], model: encoder.Encoder | None) -> dict[str, Any]:
    text, typed, read = given
    known: dict[str, Any] = {"home_province": text.home_province, "published_at": text.published_at}
    happens = provinces(read.text, read.title, **known)
    found: dict[str, Any] = {"provinces": happens}
    if {"places", "entities"}.isdisjoint(details):
        return found
    places = units(read.text, read.title, **known)
    if "places" in details:
        found["places"] = _as_typed(places, typed)
    if "entities" in details:
        province = happens[0].name if happens else province_today(text.home_province)
        found["entities"] = _as_typed(entities(read, places, province, model), typed)
    return found


def _as_typed(found: Sequence[Named], typed: Pair) -> tuple[Named, ...]:
    """What was found in a text with its accents put back, as it was typed."""
    whole, shift = f"{typed.title}\n{typed.text}", len(typed.title) + 1
    spans = ((each, each.start + shift, each.start + shift + len(each.written)) for each in found)
    return tuple(each.model_copy(update={"written": whole[start:end]}) for each, start, end in spans)


def _best(labels: Sequence[str], scores: Floats) -> Scored:
    best = int(scores.argmax())
    return Scored(label=labels[best], score=round(float(scores[best]), 4))


def _topics(labels: Sequence[str], scores: Floats) -> tuple[Scored, ...]:
    order = np.argsort(-scores, kind="stable")[:3]
    return tuple(
        Scored(label=labels[index], score=round(float(scores[index]), 4))
        for place, index in enumerate(order)
        if place == 0 or scores[index] >= SECOND_TOPIC
    )
