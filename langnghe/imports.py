"""Documents from elsewhere: JSON lines to items, each in or rejected by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawlers.dates import absolute_date
from crawlers.items import Article, Comment, Post, Precision, Rejected
from langnghe.config import VIETNAM
from langnghe.tickets import Ticket

Imported = Article | Post | Comment | Ticket


def read_imports(file: Path, at: datetime) -> Iterator[Imported | Rejected]:
    """Every line (`url, title, text, published_at, source, kind`) as an item, or rejected by name."""
    seen: set[str] = set()
    with file.open("rb") as lines:
        for place, line in enumerate(lines, 1):
            if not line.strip():
                continue
            outcome = _item(line, at)
            if not isinstance(outcome, str) and outcome.url in seen:
                outcome = "duplicate"
            if isinstance(outcome, str):
                yield Rejected(source="import", url=f"{file.name}#{place}", reason=outcome, fetched_at=at)
                continue
            seen.add(outcome.url)
            yield outcome


def _item(line: bytes, at: datetime) -> Imported | str:  # noqa: PLR0911 - one name a way to be wrong
    try:
        row = json.loads(line)
    except ValueError:
        return "bad_json"
    if not isinstance(row, dict):
        return "bad_json"
    fields = {name: str(row.get(name) or "").strip() for name in ("url", "title", "text", "source", "kind")}
    if fields["kind"] not in {"article", "post", "comment", "ticket"}:
        return "bad_kind"
    if not urlsplit(fields["url"]).scheme:
        return "bad_url"
    if not fields["text"]:
        return "too_short"
    published = _published(row.get("published_at"), at)
    if published is None:
        return "no_date"
    if published[0] > at:
        return "future_date"
    return _built(fields, published, at)


def _built(fields: dict[str, str], published: tuple[datetime, Precision], at: datetime) -> Imported:
    kind, text = fields["kind"], fields["text"]
    shared: dict[str, Any] = {
        "source": fields["source"] or "import",
        "fetched_at": at,
        "published_at": published[0],
        "published_precision": published[1],
    }
    if kind == "ticket":
        number = fields["url"].partition(":")[2]
        return Ticket(**shared, channel="import", number=number, title=fields["title"], text=text)
    shared |= {"url": fields["url"], "published_from": "import"}
    if kind == "comment":
        parent = fields["url"].partition("#")[0]
        return Comment(**shared, parent_url=parent, parent_title=fields["title"], text=text)
    paragraphs = tuple(filter(None, (each.strip() for each in text.split("\n"))))
    return (Post if kind == "post" else Article)(**shared, title=fields["title"], paragraphs=paragraphs)


def _published(value: Any, at: datetime) -> tuple[datetime, Precision] | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        found = absolute_date(value, at)
        return (found.at, found.precision) if found else None
    precision: Precision = "day" if len(value.strip()) == len("2026-11-23") else "second"
    return (moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)), precision
