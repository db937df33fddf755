"""Contract bodies in tantivy's terms: queries, sorted hits and aggregations.

Bodies come here checked (`contract.check`); nothing that tantivy would pass over in silence is left in them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import tantivy
from tantivy import DocAddress, Occur, Order, Query, Schema, Searcher

from langnghe.index.contract import Body, IndexError_, Source
from langnghe.index.fields import moment, searchable
from langnghe.index.schema import analyzer

Hit = tuple[Any, Source]
"""What it was sorted by first, and the record."""


class Interpreter:
    """Answers bodies over one searcher, which is a fixed view of the index."""

    def __init__(self, alias: str, schema: Schema, searcher: Searcher) -> None:
        self.alias = alias
        self.schema = schema
        self.searcher = searcher

    def answer(self, body: Body) -> Body:
        """The response in Elasticsearch's shape."""
        query = self.query(body.get("query", {"match_all": {}}))
        start, size = body.get("from", 0), body["size"]
        total: int = self.searcher.search(query, limit=1).count  # type: ignore[attr-defined] # not in the stubs
        hits = self._window(query, body["sort"], start, size) if size and start < total else []
        response: Body = {"hits": {"total": {"value": total, "relation": "eq"}, "hits": []}}
        by_score = size > 0 and "_score" in body["sort"][0]
        for key, source in hits:
            hit: Body = {"_id": source["id"], "_score": key if by_score else None}
            if wanted := body.get("_source", True):
                hit["_source"] = source if wanted is True else {k: source[k] for k in wanted if k in source}
            response["hits"]["hits"].append(hit)
        if aggs := body.get("aggs"):
            response["aggregations"] = {name: self._agg(query, agg) for name, agg in aggs.items()}
        return response

    def sources(self, query: Body) -> Iterator[Source]:
        """Every record that matches."""
        found = self.searcher.search(self.query(query), limit=max(1, self.searcher.num_docs), count=False)
        return (self._source(address) for _, address in found.hits)

    def query(self, query: Body) -> Query:
        """A contract query as a tantivy query."""
        clause, value = next(iter(query.items()))
        if clause == "match_all":
            return Query.all_query()
        if clause == "bool":
            return self._bool(value)
        if clause == "ids":
            return Query.term_set_query(self.schema, "id", value["values"])
        return self._condition(clause, *next(iter(value.items())))

    def _condition(self, clause: str, field: str, wanted: Any) -> Query:
        if clause == "term":
            return Query.term_query(self.schema, field, wanted, index_option="basic")
        if clause == "terms":
            return Query.term_set_query(self.schema, field, wanted)
        if clause == "range":
            return _boosted(self._range(field, wanted), wanted)
        return _boosted(self._words(clause, field, wanted["query"]), wanted)

    def _bool(self, value: Body) -> Query:
        scored = [(Occur.Must, self.query(each)) for each in value.get("must", ())]
        unscored = [(Occur.Must, _unscored(self.query(each))) for each in value.get("filter", ())]
        should = [(Occur.Should, self.query(each)) for each in value.get("should", ())]
        never = [(Occur.MustNot, self.query(each)) for each in value.get("must_not", ())]
        if not (scored or unscored or should):
            # Elasticsearch: what remains of everything; an empty bool is match_all.
            unscored = [(Occur.Must, _unscored(Query.all_query()) if never else Query.all_query())]
        least = value.get("minimum_should_match")
        return Query.boolean_query([*scored, *unscored, *should, *never], least)

    def _range(self, field: str, bounds: Body) -> Query:
        lower, upper = bounds.get("gte"), bounds.get("lt")
        kind = tantivy.FieldType.Integer
        if searchable(self.alias)[field] == "date":
            kind, lower, upper = tantivy.FieldType.Date, _utc(lower), _utc(upper)
        return Query.range_query(self.schema, field, kind, lower, upper, include_upper=upper is None)

    def _words(self, clause: str, field: str, text: str) -> Query:
        words = analyzer(field).analyze(text)
        if not words:
            return Query.empty_query()
        if clause == "match_phrase" and len(words) > 1:
            return Query.phrase_query(self.schema, field, list(words))
        terms = [Query.term_query(self.schema, field, word) for word in words]
        return terms[0] if len(terms) == 1 else Query.boolean_query([(Occur.Must, term) for term in terms])

    def _window(self, query: Query, sort: list[dict[str, str]], start: int, size: int) -> list[Hit]:
        """The hits from `start`, ties in the order of the further sort keys, as Elasticsearch has them."""
        first, order = next(iter(sort[0].items()))
        limit = start + size
        while True:
            found = self._ranked(query, first, order, limit + 1)
            tied_over = len(found) > limit and found[-1][0] == found[start + size - 1][0]
            if not tied_over:
                break
            limit *= 2
        low, high = _ties_around(found, start, min(start + size, len(found)))
        hits = [(key, self._source(address)) for key, address in found[low:high]]
        for tie, direction in reversed([next(iter(key.items())) for key in sort[1:]]):
            hits.sort(key=partial(self._tie_value, tie), reverse=direction == "desc")
        hits.sort(key=lambda hit: hit[0], reverse=order == "desc")
        return hits[start - low : start - low + size]

    def _ranked(self, query: Query, field: str, order: str, limit: int) -> list[tuple[Any, DocAddress]]:
        if field == "_score":
            return self.searcher.search(query, limit=limit, count=False).hits
        direction = Order.Asc if order == "asc" else Order.Desc
        return self.searcher.search(
            query, limit=limit, count=False, order_by_field=field, order=direction
        ).hits

    def _tie_value(self, field: str, hit: Hit) -> Any:
        value = hit[1][field]
        return moment(value) if searchable(self.alias)[field] == "date" else value

    def _source(self, address: DocAddress) -> Source:
        source: Source = json.loads(self.searcher.doc(address)["_source"][0])
        return source

    def _agg(self, query: Query, agg: Body) -> Body:
        kind = next(key for key in agg if key != "aggs")
        if kind == "terms":
            return self._terms(query, agg)
        answer: Body = self.searcher.aggregate(query, {"agg": {kind: agg[kind]}})["agg"]
        return _as_elastic(kind, agg, answer, searchable(self.alias))

    def _terms(self, query: Query, agg: Body) -> Body:
        """Exact counts, most frequent first and ties by key, with what lies in each bucket."""
        field, size = agg["terms"]["field"], agg["terms"]["size"]
        counted = sorted(
            self.searcher.terms_with_prefix(field, "", query), key=lambda pair: (-pair[1], pair[0])
        )
        buckets: list[Body] = [{"key": key, "doc_count": count} for key, count in counted[:size]]
        rest = sum(count for _, count in counted[size:])
        if "aggs" in agg and buckets:
            inner = self._inside(query, field, [bucket["key"] for bucket in buckets], agg["aggs"])
            buckets = [bucket | inner[bucket["key"]] for bucket in buckets]
        return {"doc_count_error_upper_bound": 0, "sum_other_doc_count": rest, "buckets": buckets}

    def _inside(self, query: Query, field: str, keys: list[str], aggs: Body) -> dict[str, Body]:
        """The aggregations inside each of the named buckets."""
        most = {"size": 2**31 - 1, "segment_size": 2**31 - 1}
        native = {
            name: {kind: spec | (most if kind == "terms" else {}) for kind, spec in agg.items()}
            for name, agg in aggs.items()
        }
        outer = {"terms": {"field": field, "include": keys, "size": len(keys), "segment_size": len(keys)}}
        try:
            answer = self.searcher.aggregate(query, {"agg": outer | {"aggs": native}})["agg"]
        except ValueError as error:
            raise IndexError_(f"too many buckets in one aggregation, ask for fewer: {error}") from error
        kinds = {name: next(iter(agg)) for name, agg in aggs.items()}
        return {
            bucket["key"]: {
                name: _as_elastic(kinds[name], agg, bucket[name], searchable(self.alias))
                for name, agg in aggs.items()
            }
            for bucket in answer["buckets"]
        }


def _as_elastic(kind: str, agg: Body, answer: Body, kinds: dict[str, str]) -> Body:
    """One answer of tantivy with Elasticsearch's units, order and cut."""
    spec = agg[kind]
    if kind in ("min", "max"):
        value = answer["value"]
        is_date = kinds[spec["field"]] == "date"
        # tantivy 0.27: min and max of dates are nanoseconds, histogram keys milliseconds (2026-11-24).
        return {"value": value / 1e6 if is_date and value is not None else value}
    if kind == "date_histogram":
        return {
            "buckets": [{"key": int(b["key"]), "doc_count": b["doc_count"]} for b in answer["buckets"]],
        }
    buckets = sorted(answer["buckets"], key=lambda bucket: (-bucket["doc_count"], bucket["key"]))
    rest = sum(bucket["doc_count"] for bucket in buckets[spec["size"] :])
    return {
        "doc_count_error_upper_bound": 0,
        "sum_other_doc_count": rest,
        "buckets": [{"key": b["key"], "doc_count": b["doc_count"]} for b in buckets[: spec["size"]]],
    }


def _ties_around(found: list[tuple[Any, DocAddress]], low: int, high: int) -> tuple[int, int]:
    """The slice, widened to whole groups of equal keys."""
    while 0 < low < len(found) and found[low - 1][0] == found[low][0]:
        low -= 1
    while 0 < high < len(found) and found[high][0] == found[high - 1][0]:
        high += 1
    return low, high


def _unscored(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)


def _boosted(query: Query, wanted: Body) -> Query:
    return Query.boost_query(query, wanted["boost"]) if "boost" in wanted else query


def _utc(value: str | None) -> datetime | None:
    return None if value is None else moment(value).astimezone(UTC)
