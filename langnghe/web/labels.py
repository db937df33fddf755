"""A document's labels with their scores, and its paragraphs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup
from pydantic import ValidationError

from langnghe.documents import Document
from langnghe.web.asked import link
from langnghe.web.charts import Bar, Part, shares
from langnghe.web.words import percent
from nlp.labels import NAMES, Labels

_HEADINGS = {
    "sentiment": "Thái độ",
    "target": "Nói về",
    "valence": "Tin",
    "stance": "Với cơ quan nhà nước",
}


@dataclass(frozen=True)
class Score:
    """A label, how sure the model is, and the search for it."""

    heading: str
    name: str
    percent: str
    bar: Markup
    href: str


def paragraphs(document: Document) -> list[str]:
    """The text's paragraphs; an article's text begins with its lead, which is shown apart."""
    text = document.text.removeprefix(document.lead) if document.lead else document.text
    return [paragraph for part in text.split("\n\n") if (paragraph := part.strip())]


def scores(document: Document) -> list[Score]:
    """The labels with their scores; none for a document that was labelled elsewhere."""
    if not document.label_scores:
        return []
    try:
        return list(_scores(Labels.model_validate_json(document.label_scores)))
    except ValidationError:
        return []


def _scores(labels: Labels) -> Iterator[Score]:
    for at, topic in enumerate(labels.topics):
        heading = "Cũng về" if at else "Chủ đề"
        yield _score(heading, "topics" if at else "topic", topic.label, topic.score)
    for field, heading in _HEADINGS.items():
        if label := getattr(labels, field):
            yield _score(heading, field, label.label, label.score)
    for province in labels.provinces:
        written = f" (viết: {province.written})" if province.written != province.name else ""
        yield _score("Địa phương", "provinces", province.name, province.score, written)


def _score(heading: str, field: str, label: str, score: float, note: str = "") -> Score:
    name = NAMES.get(field, {}).get(label, label) + note
    bar = shares(Bar(name, (Part("all", "độ chắc, phần trăm", round(100 * score)),)), 100, 6)
    return Score(heading, name, percent(score, 1), bar, link(**{field: label}))
