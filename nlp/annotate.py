"""One function from texts to labels, whatever the tier."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nlp import encoder, linear
from nlp.entities import entities
from nlp.features import Floats
from nlp.labels import TIER, Labels, Scored, Text, Tier
from nlp.linear import Pair, as_read, batches
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
    return [labels for batch in batches(texts) for labels in read(version, batch, details)]


def model_card(tier: Tier = TIER) -> Mapping[str, Any]:
    """What a tier's model was trained on, its terms, splits, figures and known failures."""
    version = _version(tier)
    return encoder.load(version).card if tier == "encoder" else linear.load(version).card


def _version(tier: Tier) -> str:
    if tier not in TIERS:
        raise ValueError(f"no tier {tier!r}; there are {', '.join(TIERS)}")
    return TIERS[tier]


def _encoded(version: str, texts: Sequence[Text], details: Collection[str]) -> Iterator[Labels]:
    model = encoder.load(version)
    pairs = [_pair(text) for text in texts]
    readings: dict[int, encoder.Reading] = {}
    for news, heads in ((True, ARTICLE_HEADS), (False, PEOPLE_HEADS)):
        rows = [row for row, text in enumerate(texts) if (text.kind == "article") == news]
        asked = [as_read(*pairs[row], news=news) for row in rows]
        readings |= zip(rows, model.read(asked, heads), strict=True)
    for row, (text, pair) in enumerate(zip(texts, pairs, strict=True)):
        reading = readings[row]
        found = {head: (model.heads[head], scores) for head, scores in reading.probabilities.items()}
        more = _details(text, pair, details, model)
        if "vector" in details:
            more["vector"] = tuple(reading.vector.tolist())
        yield Labels(**_heads(text, found), **more, model=version)


def _linear(version: str, texts: Sequence[Text], details: Collection[str]) -> Iterator[Labels]:
    model = linear.load(version)
    pairs = [_pair(text) for text in texts]
    found: list[dict[str, tuple[Sequence[str], Floats]]] = [{} for _ in texts]
    people = [row for row, text in enumerate(texts) if text.kind != "article"]
    for space, rows in (("article", list(range(len(texts)))), ("people", people)):
        if not rows:
            continue
        for head, labels, probabilities in model.spaces[space].predict([pairs[row] for row in rows]):
            for row, scores in zip(rows, probabilities, strict=True):
                found[row][head] = labels, scores
    for text, pair, scored in zip(texts, pairs, found, strict=True):
        yield Labels(**_heads(text, scored), **_details(text, pair, details, None), model=version)


def _pair(text: Text) -> Pair:
    return Pair(normalise(text.title), normalise(text.text))


def _heads(text: Text, found: Probabilities) -> dict[str, Any]:
    heads = ARTICLE_HEADS if text.kind == "article" else PEOPLE_HEADS
    return {head: (_topics if head == "topics" else _best)(*found[head]) for head in heads}


def _details(
    text: Text, pair: Pair, details: Collection[str], model: encoder.Encoder | None
) -> dict[str, Any]:
    known: dict[str, Any] = {"home_province": text.home_province, "published_at": text.published_at}
    happens = provinces(pair.text, pair.title, **known)
    found: dict[str, Any] = {"provinces": happens}
    if {"places", "entities"}.isdisjoint(details):
        return found
    places = units(pair.text, pair.title, **known)
    if "places" in details:
        found["places"] = places
    if "entities" in details:
        province = happens[0].name if happens else province_today(text.home_province)
        found["entities"] = entities(pair, places, province, model)
    return found


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
