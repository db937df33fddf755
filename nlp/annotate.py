"""One function from texts to labels, whatever the tier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nlp.features import Floats
from nlp.labels import Labels, Scored, Text
from nlp.linear import Model, Pair, batches, load
from nlp.places import provinces
from nlp.text import normalise

TIERS = {"linear": "linear-1"}
"""The tiers and the version of each that this release carries."""
SECOND_TOPIC = 0.3
"""A topic beside the main one must have this probability."""


def annotate(texts: Sequence[Text], tier: str = "linear") -> list[Labels]:
    """Label texts, in order; heads that do not apply to a text's kind stay None.

    Articles have topics, valence and stance; comments, posts and tickets topics, sentiment, target, toxic;
    all have provinces. Raises ValueError for an unknown tier.
    """
    version = _version(tier)
    model = load(version)
    return [labels for batch in batches(texts) for labels in _annotate(model, version, batch)]


def model_card(tier: str = "linear") -> Mapping[str, Any]:
    """What a tier's model was trained on, its terms, splits, figures and known failures."""
    return load(_version(tier)).card


def _version(tier: str) -> str:
    if tier not in TIERS:
        raise ValueError(f"no tier {tier!r}; there are {', '.join(TIERS)}")
    return TIERS[tier]


def _annotate(model: Model, version: str, texts: Sequence[Text]) -> list[Labels]:
    pairs = [Pair(normalise(text.title), normalise(text.text)) for text in texts]
    found: list[dict[str, Any]] = [{"model": version} for _ in texts]
    articles = [text.kind == "article" for text in texts]
    for space, rows in (
        ("article", range(len(texts))),
        ("people", [row for row, article in enumerate(articles) if not article]),
    ):
        if not rows:
            continue
        for head, labels, probabilities in model.spaces[space].predict([pairs[row] for row in rows]):
            for row, scores in zip(rows, probabilities, strict=True):
                if head == "topics":
                    found[row]["topics"] = _topics(labels, scores)
                elif space == "people" or articles[row]:
                    found[row][head] = _best(labels, scores)
    for text, pair, labels_of in zip(texts, pairs, found, strict=True):
        labels_of["provinces"] = provinces(
            pair.text, pair.title, home_province=text.home_province, published_at=text.published_at
        )
    return [Labels(**labels_of) for labels_of in found]


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
