"""The demonstration's texts, with their days counted back from an anchor so that they are always recent."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

TEXTS = Path(__file__).parent / "texts"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Dated(_Record):
    days_ago: int
    time: str

    def published(self, anchor: datetime) -> datetime:
        """When it appeared. Times of the anchor's own day are squeezed into the part of it that is over."""
        day = anchor.date() - timedelta(days=self.days_ago)
        clock = time.fromisoformat(self.time)
        at = datetime.combine(day, clock, anchor.tzinfo)
        if self.days_ago:
            return at
        midnight = datetime.combine(day, time(), anchor.tzinfo)
        return (midnight + (at - midnight) * ((anchor - midnight) / timedelta(days=1))).replace(microsecond=0)


class Remark(_Dated):
    """A reader's comment, or a post in a thread."""

    id: int
    author: str
    text: str
    likes: int = 0
    quote: str = ""
    replies: tuple[Remark, ...] = ()


class Story(_Dated):
    """A news article or a portal's notice."""

    id: int
    slug: str
    section: str
    story: str = ""
    title: str
    lead: str = ""
    body: tuple[str, ...]
    caption: str = ""
    byline: str = ""
    comments: tuple[Remark, ...] = ()


class Thread(_Record):
    """A forum thread."""

    id: int
    slug: str
    section: str
    title: str
    story: str = ""
    posts: tuple[Remark, ...]


class Ticket(_Dated):
    """A citizen's report to the 1022 hotline."""

    number: str
    channel: str
    field: str
    title: str
    content: str
    address: str = ""
    ward: str = ""
    status: str
    answer: str = ""
    reporter: str = ""
    phone: str = ""


def _load(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.load((TEXTS / f"{name}.yml").read_bytes(), Loader=yaml.CSafeLoader)
    return loaded


def _with_dates(text: str, day: datetime) -> str:
    """Put `dd/mm` for `{{d-1}}`, counted from the day the text appears."""
    return re.sub(r"\{\{d([+-]\d+)\}\}", lambda m: f"{day + timedelta(days=int(m[1])):%d/%m}", text)


def stories(outlet: str, anchor: datetime) -> list[Story]:
    """An outlet's articles, newest first."""
    found = []
    for raw in _load(outlet):
        story = Story.model_validate(raw)
        at = story.published(anchor)
        texts = {
            "title": _with_dates(story.title, at),
            "lead": _with_dates(story.lead, at),
            "body": tuple(_with_dates(paragraph, at) for paragraph in story.body),
        }
        found.append(story.model_copy(update=texts))
    return sorted(found, key=lambda s: s.published(anchor), reverse=True)


def threads(outlet: str) -> list[Thread]:
    """A forum's threads."""
    return [Thread.model_validate(raw) for raw in _load(outlet)]


def tickets() -> list[Ticket]:
    """The tickets of the 1022 hotline."""
    return [Ticket.model_validate(raw) for raw in _load("tickets")]
