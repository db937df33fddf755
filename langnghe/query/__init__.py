"""Questions to the index: a reader's search, and the counts that trends and dashboard are made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from langnghe.config import VIETNAM
from langnghe.documents import Document
from langnghe.index.contract import MOST_HITS, Body, Index
from langnghe.query.filters import Filters
from langnghe.query.highlights import Highlight, highlight
from langnghe.query.syntax import QueryError, parse, phrases, tree

__all__ = [
    "Filters",
    "Hit",
    "Hits",
    "QueryError",
    "count",
    "counts",
    "cross_counts",
    "days",
    "documents",
    "histogram",
    "parse",
    "search_body",
]

Sort = Literal["relevance", "date"]

_EVERYTHING = Filters()
_DAYS: Body = {
    "date_histogram": {
        "field": "published_at",
        "fixed_interval": "1d",
        "offset": "-7h",
        "min_doc_count": 1,
    }
}
# Ages up to which a document is lifted a little, in days; a matching word weighs several times as much.
_FRESH = {1: 0.5, 7: 0.5, 30: 0.5}


class Hit(BaseModel):
    """A document that was found, and where it matches."""

    model_config = ConfigDict(frozen=True)

    document: Document
    score: float | None
    highlight: Highlight


class Hits(BaseModel):
    """One page of what was found; `total` counts all pages."""

    model_config = ConfigDict(frozen=True)

    total: int
    hits: tuple[Hit, ...]


def search_body(  # noqa: PLR0913 - the parts of a search
    query: str = "",
    filters: Filters = _EVERYTHING,
    *,
    size: int = 20,
    from_: int = 0,
    sort: Sort = "relevance",
    aggs: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Body:
    """The contract body of a search; freshness counts from `at` (aware). Raises QueryError."""
    bool_: Body = {"must": [parse(query)], "filter": filters.conditions()}
    ranked = sort == "relevance" and bool(query.strip())
    if at and ranked:
        bool_["should"] = [
            {"range": {"published_at": {"gte": _whole(at - timedelta(days=age)), "boost": boost}}}
            for age, boost in _FRESH.items()
        ]
    by_date = [{"published_at": "desc"}, {"id": "asc"}]
    by_score = [{"_score": "desc"}, *by_date]
    body: Body = {
        "query": {"bool": bool_},
        "sort": by_score if ranked else by_date,
        "from": from_,
        "size": size,
        "track_total_hits": True,
    }
    return body | ({"aggs": dict(aggs)} if aggs else {})


def documents(  # noqa: PLR0913 - the parts of a search
    index: Index,
    query: str = "",
    filters: Filters = _EVERYTHING,
    *,
    size: int = 20,
    from_: int = 0,
    sort: Sort = "relevance",
    at: datetime | None = None,
) -> Hits:
    """The documents that match, best or newest first. Raises QueryError."""
    body = search_body(query, filters, size=size, from_=from_, sort=sort, at=at)
    found = index.search("documents", body)["hits"]
    wanted = list(phrases(tree(query)))
    hits = []
    for hit in found["hits"]:
        document = Document.model_validate(hit["_source"])
        shown = highlight(document.title, _shown(document), wanted)
        hits.append(Hit(document=document, score=hit["_score"], highlight=shown))
    return Hits(total=found["total"]["value"], hits=tuple(hits))


def count(index: Index, filters: Filters = _EVERYTHING, query: str = "") -> int:
    """How many documents match."""
    found = index.search("documents", search_body(query, filters, size=0))
    total: int = found["hits"]["total"]["value"]
    return total


def counts(
    index: Index, field: str, filters: Filters = _EVERYTHING, query: str = "", *, size: int = 1000
) -> dict[str, int]:
    """Exact documents a value of a keyword field, most frequent first, ties by value; none for empty ones."""
    buckets = _buckets(index, {"by": _terms(field, size)}, filters, query)
    return {bucket["key"]: bucket["doc_count"] for bucket in _named(buckets, size)}


def cross_counts(
    index: Index, outer: str, inner: str, filters: Filters = _EVERYTHING, *, size: int = 100
) -> dict[str, dict[str, int]]:
    """Exact documents a pair of values of two keyword fields: `{"health": {"neg": 12, …}, …}`."""
    aggs = {"by": _terms(outer, size) | {"aggs": {"inner": _terms(inner, size)}}}
    return {
        bucket["key"]: {each["key"]: each["doc_count"] for each in _named(bucket["inner"]["buckets"], size)}
        for bucket in _named(_buckets(index, aggs, filters, ""), size)
    }


def days(index: Index, filters: Filters = _EVERYTHING, query: str = "") -> dict[date, int]:
    """Exact documents a Vietnam day of publication, in order; days without any are left out."""
    return _by_day(_buckets(index, {"by": _DAYS}, filters, query))


def histogram(
    index: Index, by: str, filters: Filters = _EVERYTHING, query: str = "", *, size: int = 500
) -> dict[str, dict[date, int]]:
    """Exact documents a value of a keyword field and Vietnam day, the most frequent `size` values first."""
    aggs = {"by": _terms(by, size) | {"aggs": {"days": _DAYS}}}
    return {
        bucket["key"]: _by_day(bucket["days"]["buckets"])
        for bucket in _named(_buckets(index, aggs, filters, query), size)
    }


def _terms(field: str, size: int) -> Body:
    # One more, in case that the empty value is among them.
    return {"terms": {"field": field, "size": min(size + 1, MOST_HITS)}}


def _buckets(index: Index, aggs: Mapping[str, Any], filters: Filters, query: str) -> list[Body]:
    answer = index.search("documents", search_body(query, filters, size=0, aggs=aggs))
    buckets: list[Body] = answer["aggregations"]["by"]["buckets"]
    return buckets


def _named(buckets: list[Body], size: int) -> list[Body]:
    return [bucket for bucket in buckets if bucket["key"]][:size]


def _by_day(buckets: list[Body]) -> dict[date, int]:
    return {
        datetime.fromtimestamp(bucket["key"] / 1000, VIETNAM).date(): bucket["doc_count"]
        for bucket in buckets
    }


def _shown(document: Document) -> str:
    """The text, with the lead before it where it does not hold it."""
    if document.lead in document.text:
        return document.text
    return f"{document.lead}\n\n{document.text}"


def _whole(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat()
