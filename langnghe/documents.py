"""The document: one flat record that is indexed, searched and counted, whatever it was before."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from nlp.labels import Kind


class Document(BaseModel):
    """An article, post, comment or ticket with its labels, personal data masked.

    Its fields are those of `index_templates/component-documents.json`, name for name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    url: str
    source: str
    kind: Kind
    title: str
    lead: str = ""
    text: str
    section: str = ""
    published_at: AwareDatetime
    published_precision: Literal["second", "minute", "day"]
    fetched_at: AwareDatetime
    batch: str
    """`<day>/<batch folder>` that it came with."""
    parent_id: str = ""
    """Of a comment: the document it answers."""
    likes: int = 0
    topic: str = ""
    """The main topic; `topics` holds it too."""
    topics: tuple[str, ...] = ()
    sentiment: str = ""
    """Of comments, posts and tickets; articles have `valence` and `stance`."""
    target: str = ""
    toxic: bool = False
    valence: str = ""
    stance: str = ""
    province: str = ""
    """Current name of the province where the event happens; empty when none can be told."""
    provinces: tuple[str, ...] = ()
    place: str = ""
    """Ward or commune, where a ticket names it."""
    status: Literal["", "new", "open", "answered"] = ""
    """Of a ticket: how far the answer has come."""
    keywords: tuple[str, ...] = ()
    """Multi-syllable words and names for rising-word counts, as a reader would write them."""
    label_scores: str = ""
    """JSON of the labels with their scores, stored and not searched."""
    model: str = ""


def ticket_id(channel: str, number: str) -> str:
    """The document id of a citizens' ticket: 24 hex digits of the SHA-256 of channel and number."""
    return hashlib.sha256(f"{channel}\n{number}".encode()).hexdigest()[:24]
