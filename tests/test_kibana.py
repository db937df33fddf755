"""What the dashboard asks of the index: each compiled panel as a `_search` on a real Elasticsearch.

No Kibana server can be had for these tests. What a Kibana would ask is told from the saved objects by the
translation below, which covers what Lens' form-based columns, KQL and options lists these panels use, and
stops at anything else.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from langnghe.config import VIETNAM, IndexSettings
from langnghe.documents import Document
from langnghe.index.elastic import ElasticIndex
from langnghe.index.fields import properties
from langnghe.kibana import OBJECTS, saved_objects
from langnghe.web.words import STATUSES
from nlp.labels import KINDS, NAMES, SENTIMENTS, STANCES, TARGETS, TOPICS, VALENCES

_AT = datetime(2026, 11, 24, 9, 30, tzinfo=VIETNAM)
_PREFIX = "kibana-test-"
_RECORDS = "___records___"
_COMPILE = OBJECTS.parent / "compile.py"

Json = dict[str, Any]

_BY_TYPE: dict[str, Json] = {each["type"]: each for each in saved_objects(_PREFIX)}
_VIEW = _BY_TYPE["index-pattern"]["attributes"]
_DASHBOARD = _BY_TYPE["dashboard"]
_PANELS: dict[str, Json] = {
    panel["panelIndex"]: panel for panel in json.loads(_DASHBOARD["attributes"]["panelsJSON"])
}
_LENSES = {key: panel for key, panel in _PANELS.items() if panel["type"] == "lens"}
_CONTROLS: dict[str, Json] = json.loads(_DASHBOARD["attributes"]["controlGroupInput"]["panelsJSON"])


# --- documents of every kind and label -----------------------------------------------------------------


def _documents() -> Iterator[Document]:
    topics = list(TOPICS)
    for number, (valence, stance) in enumerate(product(VALENCES, STANCES)):
        yield _document("article", number, valence=valence, stance=stance, topic=topics[number % len(topics)])
    for number, (kind, sentiment, target) in enumerate(product(list(KINDS)[1:], SENTIMENTS, TARGETS)):
        ticket = {"place": f"Phường {number % 4}", "status": list(STATUSES)[number % 3]}
        more = ticket if kind == "ticket" else {}
        topic = topics[number % len(topics)]
        yield _document(kind, number, sentiment=sentiment, target=target, topic=topic, **more)
    yield _document("comment", 999, sentiment="neu", target="none", province="", provinces=())


def _document(kind: str, number: int, topic: str = "", **labels: Any) -> Document:
    given = {"province": "Đà Nẵng", "provinces": ("Đà Nẵng",), "keywords": ("ngập nước",)} | labels
    return Document(
        id=f"{kind}{number}",
        url=f"https://example.vn/{kind}/{number}",
        source=f"dng_{kind}",
        kind=kind,
        title="Ngập nước sau mưa lớn",
        text="Nước ngập đến đầu gối.",
        published_at=_AT - timedelta(days=number % 10),
        published_precision="minute",
        fetched_at=_AT,
        batch="2026-11-24/dng_test",
        topic=topic,
        topics=(topic,) if topic else (),
        **given,
    )


@pytest.fixture(scope="module")
def index(elasticsearch: IndexSettings) -> Iterator[ElasticIndex]:
    index = ElasticIndex(elasticsearch.model_copy(update={"prefix": _PREFIX}))
    index.setup()
    index.write("documents", (document.model_dump() for document in _documents()))
    yield index
    index.close()


# --- from saved objects to searches --------------------------------------------------------------------


def _kql(text: str) -> Json:
    """The query that Kibana makes of `field: value`, `field: (a or b)`, `and`, `or`, `not`."""
    tokens = re.findall(r'"[^"]*"|[():]|[^\s():"]+', text)
    query = _any(tokens) if tokens else {"match_all": {}}
    assert not tokens, f"not understood: {text!r}"
    return query


def _any(tokens: list[str], field: str = "") -> Json:
    parts = [_all(tokens, field)]
    while tokens[:1] == ["or"]:
        tokens.pop(0)
        parts.append(_all(tokens, field))
    return {"bool": {"should": parts, "minimum_should_match": 1}}


def _all(tokens: list[str], field: str) -> Json:
    parts = [_negated(tokens, field)]
    while tokens[:1] == ["and"]:
        tokens.pop(0)
        parts.append(_negated(tokens, field))
    return {"bool": {"filter": parts}}


def _negated(tokens: list[str], field: str) -> Json:
    if tokens[0] != "not":
        return _condition(tokens, field)
    tokens.pop(0)
    return {"bool": {"must_not": [_negated(tokens, field)]}}


def _condition(tokens: list[str], field: str) -> Json:
    token = tokens.pop(0)
    if token == "(":
        inside = _any(tokens, field)
        assert tokens.pop(0) == ")"
        return inside
    if not field:
        assert tokens.pop(0) == ":"
        return _condition(tokens, token)
    return {"match_phrase" if token.startswith('"') else "match": {field: token.strip('"')}}


def _query(text: Json, *filters: Json) -> Json:
    assert text["language"] == "kuery"
    within = {"range": {_VIEW["timeFieldName"]: {"gte": "2026-10-25", "lte": "2026-11-25"}}}
    return {"bool": {"filter": [_kql(text["query"]), *filters, within]}}


def _columns(panel: Json) -> tuple[Json, list[str]]:
    """The columns of a panel's one layer, and their order."""
    (layer,) = _state(panel)["datasourceStates"]["formBased"]["layers"].values()
    return layer["columns"], layer["columnOrder"]


def _state(panel: Json) -> Json:
    state: Json = panel["embeddableConfig"]["attributes"]["state"]
    return state


def _search(panel: Json) -> Json:
    """The `_search` body of a Lens panel: its bucket columns nest in their order, metrics stand inside."""
    columns, order = _columns(panel)
    state = _state(panel)
    assert state["filters"] == panel["embeddableConfig"]["filters"] == []
    aggs = {key: _metric(columns[key]) for key in order if not columns[key]["isBucketed"]}
    for key in reversed([key for key in order if columns[key]["isBucketed"]]):
        aggs = {key: _bucket(columns[key], columns) | {"aggs": aggs}}
    return {"size": 0, "track_total_hits": True, "query": _query(state["query"]), "aggs": aggs}


def _metric(column: Json) -> Json:
    assert (column["operationType"], column["sourceField"]) == ("count", _RECORDS)
    return {"filter": _kql(column["filter"]["query"] if "filter" in column else "")}


def _bucket(column: Json, columns: Json) -> Json:
    params, field = column["params"], column["sourceField"]
    if column["operationType"] == "date_histogram":
        zoned = {"time_zone": "Asia/Ho_Chi_Minh", "min_doc_count": 1}
        return {"date_histogram": {"field": field, "calendar_interval": params["interval"]} | zoned}
    assert column["operationType"] == "terms"
    assert not any(params[name] for name in ("include", "exclude", "otherBucket", "missingBucket"))
    by = params["orderBy"]
    assert by["type"] == "column"
    assert "filter" not in columns[by["columnId"]]
    return {"terms": {"field": field, "size": params["size"], "order": {"_count": params["orderDirection"]}}}


def _asked(index: ElasticIndex, body: Json) -> Json:
    """The answer, over the index that the data view names."""
    answer: Json = index.client.search(index=_VIEW["title"], body=body).body
    return answer


def _leaves(aggs: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, int]]]:
    """Each innermost bucket: the keys that lead to it and its metrics."""
    inner = [value for value in aggs.values() if isinstance(value, dict) and "buckets" in value]
    if not inner:
        yield path, {key: value["doc_count"] for key, value in aggs.items() if isinstance(value, dict)}
    for value in inner:
        for bucket in value["buckets"]:
            yield from _leaves(bucket, (*path, str(bucket["key"])))


# --- the panels ----------------------------------------------------------------------------------------


@pytest.mark.elastic
@pytest.mark.parametrize("name", _LENSES)
def test_every_panel_shows_something(index: ElasticIndex, name: str) -> None:
    answer = _asked(index, _search(_LENSES[name]))
    leaves = list(_leaves(answer["aggregations"]))
    columns, order = _columns(_LENSES[name])
    assert leaves
    for metric in (key for key in order if not columns[key]["isBucketed"]):
        counted = sum(counts[metric] for _, counts in leaves)
        assert counted > 0
        if "filter" in columns[metric]:
            assert counted < answer["hits"]["total"]["value"]


@pytest.mark.elastic
@pytest.mark.parametrize("name", _LENSES)
def test_no_panel_shows_an_empty_or_unnamed_label(index: ElasticIndex, name: str) -> None:
    columns, order = _columns(_LENSES[name])
    buckets = [columns[key]["sourceField"] for key in order if columns[key]["isBucketed"]]
    formats = json.loads(_VIEW["fieldFormatMap"])
    for path, _ in _leaves(_asked(index, _search(_LENSES[name]))["aggregations"]):
        for field, key in zip(buckets, path, strict=True):
            assert key
            if field in NAMES:
                assert key in {entry["key"] for entry in formats[field]["params"]["lookupEntries"]}


def _figures(documents: list[Document]) -> dict[str, int]:
    """What columns must add up to, counted without a search engine."""
    tickets = [each for each in documents if each.kind == "ticket"]
    complaints = [each for each in documents if each.sentiment == "neg" and each.target == "state"]
    return {
        "total-count": len(documents),
        "voices-count": sum(each.kind != "article" for each in documents),
        "complaints-count": len(complaints),
        "unanswered-count": sum(each.status != "answered" for each in tickets),
        "topics-negative": sum("neg" in (each.sentiment, each.valence) for each in documents),
        "topics-complaints": len(complaints),
        "provinces-complaints": len(complaints),
        "places-unanswered": sum(each.status != "answered" for each in tickets),
        "complaint-topics-tickets": sum(each.kind == "ticket" for each in complaints),
        "sources-articles": sum(each.kind == "article" for each in documents),
        "sources-voices": sum(each.kind != "article" for each in documents),
    }


@pytest.mark.elastic
def test_the_figures_are_those_of_the_documents(index: ElasticIndex) -> None:
    shown: Counter[str] = Counter()
    for panel in _LENSES.values():
        for _, counts in _leaves(_asked(index, _search(panel))["aggregations"]):
            shown.update(counts)
    expected = _figures(list(_documents()))
    assert {column: shown[column] for column in expected} == expected


@pytest.mark.elastic
def test_days_are_those_of_vietnam(index: ElasticIndex) -> None:
    leaves = _leaves(_asked(index, _search(_LENSES["volume"]))["aggregations"])
    starts = {datetime.fromtimestamp(int(path[-1]) / 1000, VIETNAM) for path, _ in leaves}
    assert starts == {document.published_at.replace(hour=0, minute=0) for document in _documents()}


@pytest.mark.elastic
def test_a_topic_shown_by_day_is_shown_on_all_its_days(index: ElasticIndex) -> None:
    leaves = list(_leaves(_asked(index, _search(_LENSES["topic-days"]))["aggregations"]))
    shown = {topic for (topic, _), _ in leaves}
    assert len(shown) == 6
    counted = Counter(dict.fromkeys(shown, 0))
    for (topic, _), counts in leaves:
        counted[topic] += counts["topic-days-count"]
    assert counted == Counter(each.topic for each in _documents() if each.topic in shown)


@pytest.mark.elastic
@pytest.mark.parametrize("name", _CONTROLS)
def test_every_filter_list_offers_values(index: ElasticIndex, name: str) -> None:
    control = _CONTROLS[name]
    assert control["type"] == "optionsListControl"
    field = control["explicitInput"]["fieldName"]
    answer = _asked(index, {"size": 0, "aggs": {"options": {"terms": {"field": field, "size": 10}}}})
    assert answer["aggregations"]["options"]["buckets"]


@pytest.mark.elastic
def test_the_table_of_latest_documents_is_filled(index: ElasticIndex) -> None:
    search = _BY_TYPE["search"]["attributes"]
    source = json.loads(search["kibanaSavedObjectMeta"]["searchSourceJSON"])
    ((field, order),) = search["sort"]
    body = {"query": _query(source["query"]), "sort": [{field: order}], "fields": search["columns"]}
    hits = _asked(index, body | {"size": 50})["hits"]["hits"]
    assert all(set(search["columns"]) - {"topic", "sentiment"} <= hit["fields"].keys() for hit in hits)
    times = [hit["sort"][0] for hit in hits]
    assert times == sorted(times, reverse=True)
    assert len(hits) == len(list(_documents()))


# --- the objects ---------------------------------------------------------------------------------------


def _fields_of_the_mapping() -> set[str]:
    fields = properties("documents")
    inner = {f"{name}.{part}" for name, spec in fields.items() for part in spec.get("fields", {})}
    return fields.keys() | inner


def test_every_field_has_a_vietnamese_label() -> None:
    labels = {field: each["customLabel"] for field, each in json.loads(_VIEW["fieldAttrs"]).items()}
    assert labels.keys() == _fields_of_the_mapping()
    assert len(set(labels.values())) == len(labels)


def test_label_keys_are_shown_by_their_names() -> None:
    formats = json.loads(_VIEW["fieldFormatMap"])
    assert formats.keys() <= _fields_of_the_mapping()
    for field, names in (NAMES | {"status": STATUSES}).items():
        entries = formats[field]["params"]["lookupEntries"]
        assert {entry["key"]: entry["value"] for entry in entries} == names
    assert formats["url"]["id"] == "url"


def test_panels_use_fields_of_the_mapping_only() -> None:
    aggregatable = {name for name, spec in properties("documents").items() if spec["type"] != "text"}
    for name, panel in _LENSES.items():
        columns, order = _columns(panel)
        assert columns.keys() == set(order), name
        assert {column["sourceField"] for column in columns.values()} <= aggregatable | {_RECORDS}, name
    assert {each["explicitInput"]["fieldName"] for each in _CONTROLS.values()} <= aggregatable
    assert set(_BY_TYPE["search"]["attributes"]["columns"]) <= _fields_of_the_mapping()


def test_every_reference_is_among_the_objects() -> None:
    there = {(each["type"], each["id"]) for each in _BY_TYPE.values()}
    for each in _BY_TYPE.values():
        assert {(reference["type"], reference["id"]) for reference in each["references"]} <= there


def test_every_panel_finds_its_references_as_kibana_looks_for_them() -> None:
    """By name, after `<panel>:` is taken off the names of the dashboard's references."""
    for key, panel in _PANELS.items():
        prefix = f"{key}:"
        names = {
            reference["name"].removeprefix(prefix)
            for reference in _DASHBOARD["references"]
            if reference["name"].startswith(prefix)
        }
        if panel["type"] == "search":
            assert names == {panel["panelRefName"]}
            continue
        layers = _state(panel)["datasourceStates"]["formBased"]["layers"]
        assert names == {f"indexpattern-datasource-layer-{layer}" for layer in layers}


def test_panels_fill_the_grid_without_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in _PANELS.values():
        grid = panel["gridData"]
        columns = range(grid["x"], grid["x"] + grid["w"])
        cells = set(product(columns, range(grid["y"], grid["y"] + grid["h"])))
        assert not cells & taken
        taken |= cells
    assert taken == set(product(range(48), range(max(y for _, y in taken) + 1)))


def test_the_objects_are_one_a_line_with_sorted_keys() -> None:
    lines = OBJECTS.read_text(encoding="utf8").splitlines()
    assert len(lines) == len(_BY_TYPE)
    for line in lines:
        assert line == json.dumps(json.loads(line), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_the_objects_are_what_the_description_compiles_to() -> None:
    """With the Python of `LANGNGHE_KIBANA_PYTHON` that has kb-dashboard-core (requirements/kibana.txt)."""
    python = os.environ.get("LANGNGHE_KIBANA_PYTHON", "")
    if not python:
        pytest.skip("kb-dashboard-core wants Python 3.12 of its own: name it in LANGNGHE_KIBANA_PYTHON")
    code = f"import runpy; print(runpy.run_path({str(_COMPILE)!r})['compiled'](), end='')"
    root = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [python, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == OBJECTS.read_text(encoding="utf8")
