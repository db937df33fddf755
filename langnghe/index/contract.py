"""The search contract: what both engines can do, and the closed subset of `_search` bodies they understand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

Body = dict[str, Any]
Source = dict[str, Any]


class IndexError_(Exception):
    """The engine cannot be used as it stands; the message says what to do."""


class Index(Protocol):
    """An engine. Aliases: `documents`, `crawl_runs`. Ids are the records' own `id` fields."""

    def setup(self) -> None:
        """Create what is missing (templates, indices, aliases); change nothing that is there."""

    def write(self, alias: str, records: Iterable[Mapping[str, Any]]) -> int:
        """Upsert records by their `id`, visible to searches when it returns; return how many were written."""

    def search(self, alias: str, body: Body) -> Body:
        """Answer a contract body in Elasticsearch's own response shape (`hits.total.value`, `hits.hits`, …)."""

    def get(self, alias: str, record_id: str) -> Source | None:
        """One record, or None."""

    def scan(self, alias: str, query: Body) -> Iterator[Source]:
        """Every record that matches, in no order."""

    def delete(self, alias: str, ids: Iterable[str]) -> int:
        """Delete records by id; return how many were there."""

    def close(self) -> None:
        """Release files and connections."""
