"""What a list of pages says about one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crawlers.dates import parse_date
from crawlers.source import Source
from crawlers.state import Seen


@dataclass(frozen=True)
class Link:
    """An address in a feed, sitemap, listing or forum, and the times that stand beside it, as written."""

    url: str
    published: str = ""
    changed: str = ""


def belongs(url: str, source: Source) -> bool:
    """Whether an address lies on one of the source's hosts."""
    return urlsplit(url).netloc.lower() in source.hosts


def told_time(text: str, now: datetime) -> datetime | None:
    """A time as written in a list, or None."""
    moment = parse_date(text, now) if text else None
    return moment.at if moment else None


def is_new(link: Link, seen: Seen | None, now: datetime) -> bool:
    """Whether a page is to be fetched: never fetched, or changed since by what the list says.

    A change that the list told already at the last fetch is none: some lists are hours ahead of the clock.
    """
    if seen is None:
        return True
    changed = told_time(link.changed, now)
    return changed is not None and changed > seen.fetched_at and changed != seen.changed_at


def is_old(link: Link, now: datetime, days: int) -> bool:
    """Whether the list dates a page more than some days back."""
    at = told_time(link.changed or link.published, now)
    return at is not None and now - at > timedelta(days=days)
