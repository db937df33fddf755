"""The search contract: what both engines do, and the closed subset of `_search` bodies they understand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn, Protocol

from langnghe.index.fields import moment, properties, searchable

Body = dict[str, Any]
Source = dict[str, Any]

MOST_HITS = 10_000
"""`from` + `size` and a `terms` size go so far; `scan` goes on."""


class IndexError_(Exception):  # noqa: N801,N818 - IndexError is Python's own
    """The engine cannot be used as it stands; the message says what to do."""


class ContractError(ValueError):
    """A search body outside the contract; the message names the part."""


class Index(Protocol):
    """An engine. Aliases: `documents`, `crawl_runs`. Ids are the records' own `id` fields."""

    def setup(self) -> None:
        """Create what is missing (templates, indices, aliases); change nothing that is there."""

    def write(self, alias: str, records: Iterable[Mapping[str, Any]]) -> int:
        """Upsert records by their `id`, visible to searches when it returns; return how many were written."""

    def search(self, alias: str, body: Body) -> Body:
        """Answer a contract body in Elasticsearch's response shape (`hits.total.value`, `hits.hits`, …)."""

    def get(self, alias: str, record_id: str) -> Source | None:
        """One record, or None."""

    def scan(self, alias: str, query: Body) -> Iterator[Source]:
        """Every record that matches, in no order."""

    def delete(self, alias: str, ids: Iterable[str]) -> int:
        """Delete records by id; return how many were there."""

    def reindex(self, alias: str) -> int:
        """Write every record into a new index with today's fields and swap it in; return how many."""

    def close(self) -> None:
        """Release files and connections."""


def check(alias: str, body: Body) -> None:
    """Raise ContractError on anything in a body that the engines would not answer alike."""
    _only(body, "body", {"query", "sort", "from", "size", "track_total_hits", "aggs", "_source"})
    if body.get("track_total_hits") is not True:
        _refuse("body", "track_total_hits must be true, or Elasticsearch stops counting at 10,000")
    size = _whole(body.get("size"), "size", 0)
    if _whole(body.get("from", 0), "from", 0) + size > MOST_HITS:
        _refuse("body", f"from + size goes to {MOST_HITS}; scan reads further")
    check_query(alias, body.get("query", {"match_all": {}}))
    if size:
        _check_sort(alias, body.get("sort"))
    for name, agg in body.get("aggs", {}).items():
        _check_agg(alias, f"aggs.{name}", agg, nested=False)
    source = body.get("_source", True)
    if not isinstance(source, bool) and (
        not isinstance(source, list) or set(source) - properties(alias).keys()
    ):
        _refuse("_source", f"true, false or a list of fields, not {source!r}")


def check_query(alias: str, query: Body, *, scoring: bool = True) -> None:
    """Raise ContractError on a query outside the contract; keyword conditions stand only in filters."""
    clause, value = _single(query, "query")
    fields = searchable(alias)
    match clause:
        case "match_all":
            _only(value, clause, set())
        case "bool":
            _check_bool(alias, value, scoring)
        case "ids":
            _only(value, clause, {"values"})
            _filter_only(clause, scoring)
        case "term" | "terms":
            field, wanted = _single(value, clause)
            _field(fields, field, clause, "keyword", "boolean", "integer")
            _filter_only(clause, scoring)
            for each in wanted if clause == "terms" else [wanted]:
                _check_value(fields[field], each, clause)
        case "range":
            _check_range(fields, value)
        case "match" | "match_phrase":
            _check_match(fields, clause, value)
        case _:
            _refuse("query", f"no clause {clause!r}")


def _check_bool(alias: str, value: Body, scoring: bool) -> None:
    _only(value, "bool", {"must", "should", "filter", "must_not", "minimum_should_match"})
    for occur in ("must", "should", "filter", "must_not"):
        clauses = value.get(occur, [])
        if not isinstance(clauses, list):
            _refuse(f"bool.{occur}", "must be a list")
        for clause in clauses:
            check_query(alias, clause, scoring=scoring and occur in ("must", "should"))
    least = _whole(value.get("minimum_should_match", 0), "bool.minimum_should_match", 0)
    if least > len(value.get("should", [])):
        _refuse("bool.minimum_should_match", f"{least} is more than there are should clauses")


def _check_range(fields: Mapping[str, str], value: Body) -> None:
    field, bounds = _single(value, "range")
    _field(fields, field, "range", "date", "integer")
    # Only half-open intervals: times are whole seconds in one engine and milliseconds in the other.
    _only(bounds, f"range.{field}", {"gte", "lt", "boost"})
    if not bounds.keys() & {"gte", "lt"}:
        _refuse(f"range.{field}", "needs gte or lt")
    for bound in bounds.keys() - {"boost"}:
        _check_value(fields[field], bounds[bound], f"range.{field}.{bound}")
    _check_boost(bounds, f"range.{field}")


def _check_match(fields: Mapping[str, str], clause: str, value: Body) -> None:
    field, wanted = _single(value, clause)
    _field(fields, field, clause, "text")
    _only(wanted, clause, {"query", "boost"} | ({"operator"} if clause == "match" else set()))
    if clause == "match" and wanted.get("operator") != "and":
        _refuse(clause, "operator must be 'and'")
    if not isinstance(wanted.get("query"), str):
        _refuse(clause, "query must be text")
    _check_boost(wanted, clause)


def _check_sort(alias: str, sort: Any) -> None:
    if not isinstance(sort, list) or not sort or sort[-1] != {"id": "asc"}:
        _refuse("sort", "hits need a list that ends in {'id': 'asc'}, or ties would differ between engines")
    fields = searchable(alias)
    for number, key in enumerate(sort):
        field, order = _single(key, "sort")
        if field == "_score":
            if number or order != "desc":
                _refuse("sort", "_score comes first and descends")
            continue
        kinds = ("date", "integer", "keyword") if number else ("date", "integer")
        _field(fields, field, "sort", *kinds)
        if order not in ("asc", "desc"):
            _refuse("sort", f"{order!r} is no order")


def _check_agg(alias: str, where: str, agg: Body, *, nested: bool) -> None:
    fields = searchable(alias)
    _only(agg, where, {"terms", "date_histogram", "min", "max", "aggs"})
    kind, value = _single({key: agg[key] for key in agg if key != "aggs"}, where)
    field = value.get("field")
    match kind:
        case "terms":
            _only(value, where, {"field", "size"})
            _field(fields, field, where, "keyword")
            if _whole(value.get("size"), f"{where}.size", 1) > MOST_HITS:
                _refuse(where, f"size goes to {MOST_HITS}")
        case "date_histogram":
            _field(fields, field, where, "date")
            # tantivy ignores time_zone and calendar_interval; this is a day in Vietnam for both.
            if value != {"field": field, "fixed_interval": "1d", "offset": "-7h", "min_doc_count": 1}:
                _refuse(where, "date_histogram takes fixed_interval 1d, offset -7h, min_doc_count 1")
        case _:
            _only(value, where, {"field"})
            _field(fields, field, where, "date", "integer")
    if "aggs" in agg and (nested or kind != "terms"):
        _refuse(where, "only terms hold further aggs, one level")
    for name, inner in agg.get("aggs", {}).items():
        _check_agg(alias, f"{where}.aggs.{name}", inner, nested=True)


def _check_value(kind: str, value: Any, where: str) -> None:
    if kind == "date":
        try:
            whole = moment(value)
        except ValueError as error:
            raise ContractError(f"{where}: {error}") from error
        if not isinstance(value, str) or "." in value:
            _refuse(where, f"times are ISO text in whole seconds, {whole.isoformat()!r}")
        return
    expected = {"keyword": str, "text": str, "integer": int, "boolean": bool}[kind]
    if not isinstance(value, expected) or (kind == "integer" and isinstance(value, bool)):
        _refuse(where, f"{value!r} is no {kind}")


def _check_boost(value: Body, where: str) -> None:
    boost = value.get("boost", 1)
    if isinstance(boost, bool) or not isinstance(boost, int | float) or boost < 0:
        _refuse(where, f"boost {boost!r}")


def _only(value: Any, where: str, allowed: set[str]) -> None:
    if not isinstance(value, dict):
        _refuse(where, f"must be an object, not {value!r}")
    if unknown := value.keys() - allowed:
        _refuse(where, f"unknown {sorted(unknown)}; there is {sorted(allowed)}")


def _single(value: Any, where: str) -> tuple[str, Any]:
    if not isinstance(value, dict) or len(value) != 1:
        _refuse(where, f"must be an object with one key, not {value!r}")
    return next(iter(value.items()))


def _field(fields: Mapping[str, str], field: Any, where: str, *kinds: str) -> None:
    if fields.get(field) not in kinds:
        _refuse(where, f"{field!r} is no {' or '.join(kinds)} field")


def _filter_only(clause: str, scoring: bool) -> None:
    if scoring:
        _refuse(clause, "stands only in filter or must_not, where nothing is scored")


def _whole(value: Any, where: str, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        _refuse(where, f"must be a whole number from {least}, not {value!r}")
    return value


def _refuse(where: str, why: str) -> NoReturn:
    raise ContractError(f"{where}: {why}")
