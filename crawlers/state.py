"""What earlier crawls fetched: one row a URL, in SQLite or PostgreSQL.

The rows are made from the batch's WARC file after it is in place, never during the crawl: a crawl that was
killed is as if it had not been, and the next one fetches the same pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine

from crawlers.pages import url_id

_CHUNK = 500


class _Moment(sa.TypeDecorator[datetime]):
    """An aware time, kept in UTC: SQLite has no zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        return value.replace(tzinfo=value.tzinfo or UTC) if value else None


_METADATA = sa.MetaData()
_SEEN = sa.Table(
    "crawl_seen",
    _METADATA,
    sa.Column("source", sa.String(80), primary_key=True),
    sa.Column("url_id", sa.String(24), primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("first_seen", _Moment, nullable=False),
    sa.Column("fetched_at", _Moment, nullable=False),
    sa.Column("published_at", _Moment),
    sa.Column("changed_at", _Moment),
    sa.Column("etag", sa.Text, nullable=False),
    sa.Column("last_modified", sa.Text, nullable=False),
    sa.Column("last_url", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("comment_ids", sa.JSON, nullable=False),
    sa.Index("crawl_seen_recent", "source", "role", "published_at"),
)


class Seen(BaseModel):
    """A URL that was fetched."""

    model_config = ConfigDict(frozen=True)

    url: str
    role: str
    fetched_at: datetime
    first_seen: datetime | None = None
    """When it was fetched for the first time; kept by the store."""
    published_at: datetime | None = None
    changed_at: datetime | None = None
    """The last change that the list which led here told at the time of the fetch."""
    etag: str = ""
    last_modified: str = ""
    last_url: str = ""
    """The last page of a thread that was fetched."""
    title: str = ""
    comment_ids: Mapping[str, str] = {}
    """What the comment API's address is made of; {} where the page has no comments."""


def open_state(url: str) -> Engine:
    """Open the memory at a SQLAlchemy URL and create its table where it is missing."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:  # sources that are crawled side by side open it at the same moment
        connection.execute(sa.schema.CreateTable(_SEEN, if_not_exists=True))
        for index in _SEEN.indexes:
            connection.execute(sa.schema.CreateIndex(index, if_not_exists=True))
    return engine


def lookup(engine: Engine, source: str, urls: Iterable[str]) -> dict[str, Seen]:
    """What is known of some URLs of a source, by URL id."""
    ids = sorted({url_id(url) for url in urls})
    found: dict[str, Seen] = {}
    with engine.connect() as connection:
        for start in range(0, len(ids), _CHUNK):
            wanted = _SEEN.c.url_id.in_(ids[start : start + _CHUNK])
            for row in connection.execute(sa.select(_SEEN).where(_SEEN.c.source == source, wanted)):
                found[row.url_id] = _seen(row)
    return found


def recent(engine: Engine, source: str, since: datetime) -> list[Seen]:
    """The articles with comments that were published (else first fetched) since a time, newest first."""
    age = sa.func.coalesce(_SEEN.c.published_at, _SEEN.c.first_seen)
    query = (
        sa.select(_SEEN)
        .where(_SEEN.c.source == source, _SEEN.c.role == "article", age >= since)
        .order_by(age.desc(), _SEEN.c.url_id)
    )
    with engine.connect() as connection:
        return [seen for row in connection.execute(query) if (seen := _seen(row)).comment_ids]


def remember(engine: Engine, source: str, pages: Iterable[Seen]) -> None:
    """Write what a crawl fetched, all of it or nothing; `first_seen` of known URLs stays."""
    insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
    rows = {url_id(page.url): _row(source, page) for page in pages}
    with engine.begin() as connection:
        for row in rows.values():
            statement = insert(_SEEN).values(row)
            kept = {"source", "url_id", "first_seen"}
            changes = {name: statement.excluded[name] for name in row if name not in kept}
            connection.execute(
                statement.on_conflict_do_update(index_elements=["source", "url_id"], set_=changes)
            )


def _row(source: str, page: Seen) -> dict[str, Any]:
    first = page.first_seen or page.fetched_at
    return {**page.model_dump(), "source": source, "url_id": url_id(page.url), "first_seen": first}


def _seen(row: sa.Row[Any]) -> Seen:
    return Seen.model_validate(row._asdict())
