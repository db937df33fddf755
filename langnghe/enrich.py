"""An item and its labels to a document: normalised, personal data masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from textwrap import shorten
from typing import Annotated

from pydantic import Field

from crawlers.items import Article, Comment, Post
from crawlers.pages import url_id
from langnghe.documents import Document, ticket_id
from langnghe.tickets import Ticket
from nlp.annotate import DETAILS, annotate
from nlp.keywords import keywords
from nlp.labels import TIER, Labels, Scored, Text, Tier
from nlp.masking import mask
from nlp.text import normalise

Enrichable = Annotated[Article | Post | Comment | Ticket, Field(discriminator="kind")]

_AT_ONCE = 256


def documents(
    items: Iterable[Enrichable], batch: str, home_province: str = "", tier: Tier = TIER
) -> Iterator[Document]:
    """Label items, a few hundred at once; `home_province` settles names that several provinces share."""
    left = iter(items)
    while some := list(islice(left, _AT_ONCE)):
        texts = [_text(item, home_province) for item in some]
        for item, text, labels in zip(some, texts, annotate(texts, tier), strict=True):
            yield _document(item, text, labels, batch)


def _text(item: Enrichable, home_province: str) -> Text:
    title = item.parent_title if isinstance(item, Comment) else item.title
    return Text(
        kind=item.kind,
        title=mask(normalise(title)),
        text=mask(normalise(item.text)),
        published_at=item.published_at,
        home_province=home_province,
    )


def _document(item: Enrichable, text: Text, labels: Labels, batch: str) -> Document:
    ticket = item if isinstance(item, Ticket) else None
    comment = item if isinstance(item, Comment) else None
    return Document(
        id=ticket_id(ticket.channel, ticket.number) if ticket else url_id(item.url),
        url=item.url,
        source=item.source,
        kind=item.kind,
        title=text.title or shorten(text.text, 80, placeholder="…"),
        lead=mask(normalise(item.lead)) if isinstance(item, Article) else "",
        text=text.text,
        section="" if isinstance(item, Comment) else normalise(item.section),
        published_at=item.published_at,
        published_precision=item.published_precision,
        fetched_at=item.fetched_at,
        batch=batch,
        parent_id=url_id(comment.parent_url) if comment else "",
        likes=comment.likes if comment else 0,
        place=normalise(ticket.place) if ticket else "",
        status=ticket.status if ticket else "",
        keywords=keywords("" if comment else text.title, text.text),
        **_flat(labels),
    )


def _flat(labels: Labels) -> dict[str, object]:
    """The labels as a document's fields; probabilities go along as JSON."""

    def label(scored: Scored | None) -> str:
        return scored.label if scored else ""

    names = tuple(dict.fromkeys(province.name for province in labels.provinces))
    return {
        "topic": labels.topics[0].label if labels.topics else "",
        "topics": tuple(topic.label for topic in labels.topics),
        "sentiment": label(labels.sentiment),
        "target": label(labels.target),
        "toxic": label(labels.toxic) == "true",
        "valence": label(labels.valence),
        "stance": label(labels.stance),
        "province": names[0] if names else "",
        "provinces": names,
        "label_scores": labels.model_dump_json(exclude={"model", *DETAILS}),
        "model": labels.model,
    }
