"""One contract, three engines: tantivy in memory, tantivy on disk, a real Elasticsearch."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from langnghe.config import VIETNAM, IndexSettings
from langnghe.documents import Document
from langnghe.index.contract import Body, ContractError, Index, IndexError_, check
from langnghe.index.elastic import ElasticIndex
from langnghe.index.embedded import EmbeddedIndex
from langnghe.index.fields import RecordError, properties
from langnghe.query import Filters, counts, cross_counts, days, documents, histogram, parse, search_body
from langnghe.query.syntax import All, Either, Node, Not, Phrase, tree
from nlp.labels import TOPICS
from nlp.text import fold, words

_START = datetime(2026, 10, 1, tzinfo=VIETNAM)
_PEOPLE = [
    "người dân",
    "bạn đọc",
    "chủ tịch phường",
    "các hộ",
    "công an xã",
    "giáo viên",
    "bạn hàng",
    "cán bộ một cửa",
]
_DOINGS = [
    "phản ánh",
    "bán đất",
    "đề nghị",
    "hoãn",
    "khen",
    "sửa đường",
    "chờ",
    "mua bán",
    "nộp hồ sơ",
    "thủ tục",
    "chuyển đổi số",
]
_THINGS = [
    "ngập nước",
    "rác thải",
    "đèn đường",
    "hồ sơ đất đai",
    "trường học",
    "bệnh viện",
    "dịch vụ công",
    "xe buýt",
    "giá đất",
    "TP.HCM",
]
_PLACES = [
    "ở Đà Nẵng",
    "tại Quảng Nam",
    "ở Hòa Vang",
    "trên đường Lê Lợi",
    "ở Sơn Trà",
    "tại Huế",
    "ở xã Hòa Bắc",
    "",
]
_ENDINGS = [
    "hôm qua",
    "từ tháng 3",
    "suốt 2 tuần",
    "rất chậm",
    "nhanh hơn",
    "quá tốt",
    "không ai xử lý",
    "lần thứ 2",
    "covid-19",
    "3,5 triệu",
]

QUERIES = [
    "chuyen doi so",
    "chuyển đổi số",
    "bán đất",
    "ban dat",
    "bạn hàng",
    '"ngập nước ở"',
    '"ngap nuoc"',
    '"bán dat"',
    '"trên đường Lê Lợi"',
    "rác OR đèn",
    "rác thải OR đèn đường",
    "đất -bán",
    'hồ sơ -"nộp hồ sơ"',
    "(rác OR ngập) (Huế OR Hòa)",
    "(rác OR ngập) -(Huế OR Hòa)",
    "TP.HCM",
    "3,5",
    "covid-19",
    "Đà Nẵng",
    "da nang",
    "DUONG",
    "Ðường",
    "hoà vang",
    "lan thu 2",
    "không có từ nầy",
    "dat dat",
    "rác OR đất (" * 10 + '"bán dat"',
]


def _sentence(chance: random.Random) -> str:
    parts = [chance.choice(pool) for pool in (_PEOPLE, _DOINGS, _THINGS, _PLACES, _ENDINGS)]
    sentence = " ".join(filter(None, parts))
    return (fold(sentence) if chance.random() < 0.1 else sentence).capitalize() + "."


def _document(number: int, chance: random.Random) -> Document:
    kind = chance.choice(["article", "post", "comment", "ticket"])
    topics = tuple(chance.sample(sorted(TOPICS), chance.randint(0, 3)))
    # Every third time of day stands within a minute of a Vietnamese midnight.
    at = _START + timedelta(
        days=chance.randrange(40), seconds=chance.choice([0, 86399, chance.randrange(86400)])
    )
    return Document(
        id=f"d{number:04}",
        url=f"https://example.vn/{number}",
        source=chance.choice(["dng_mot", "dng_hai", "dng_ba"]),
        kind=kind,
        title=_sentence(chance),
        lead=_sentence(chance) if kind == "article" else "",
        text="\n\n".join(_sentence(chance) for _ in range(chance.randint(1, 6))),
        published_at=at,
        published_precision=chance.choice(["minute", "day"]),
        fetched_at=at + timedelta(hours=1, microseconds=7),
        batch="2026-10-01/dng_mot-091500",
        likes=chance.randrange(50),
        topic=topics[0] if topics else "",
        topics=topics,
        sentiment=chance.choice(["neg", "neu", "pos"]) if kind != "article" else "",
        toxic=chance.random() < 0.1,
        province=chance.choice(["Đà Nẵng", "Huế", ""]),
        keywords=tuple(chance.sample(_THINGS, 3)),
        label_scores='{"topics": {}}',
    )


@pytest.fixture(scope="module")
def corpus() -> list[Document]:
    chance = random.Random(4)
    return [_document(number, chance) for number in range(400)]


@pytest.fixture(scope="module")
def reference(corpus: list[Document]) -> Index:
    index = EmbeddedIndex(None)
    index.setup()
    index.write("documents", (document.model_dump() for document in corpus))
    return index


@pytest.fixture(scope="module", params=["memory", "disk", pytest.param("elastic", marks=pytest.mark.elastic)])
def empty(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """An engine, set up, with nothing in it."""
    index: Index
    if request.param == "elastic":
        settings: IndexSettings = request.getfixturevalue("elasticsearch")
        index = ElasticIndex(settings.model_copy(update={"prefix": "contract-"}))
    else:
        on_disk = request.param == "disk"
        index = EmbeddedIndex(tmp_path_factory.mktemp("index") / "index" if on_disk else None)
    index.setup()
    yield index
    index.close()


@pytest.fixture(scope="module")
def index(empty: Index, corpus: list[Document]) -> Index:
    """An engine with the corpus, written in two parts."""
    empty.write("documents", (document.model_dump() for document in corpus[:100]))
    empty.write("documents", (document.model_dump(mode="json") for document in corpus[100:]))
    return empty


def _texts(document: Document) -> list[list[str]]:
    return [words(text) for text in (document.title, document.lead, document.text)]


def _stands(phrase: tuple[str, ...], text: list[str]) -> bool:
    return any(tuple(text[at : at + len(phrase)]) == phrase for at in range(len(text)))


def _matches(node: Node, document: Document) -> bool:
    """What a query means, said once more without an engine."""
    match node:
        case Phrase(words=inside):
            plain = [word for word in inside if fold(word) == word]
            return any(
                _stands(tuple(map(fold, inside)), [fold(word) for word in text])
                and (bool(plain) or _stands(inside, text))
                and all(_stands((word,), text) for word in inside if word not in plain)
                for text in _texts(document)
            )
        case Not(node=inner):
            return not _matches(inner, document)
        case All(nodes=nodes):
            return all(_matches(each, document) for each in nodes)
        case Either(nodes=nodes):
            return any(_matches(each, document) for each in nodes)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_finds_what_it_means(index: Index, corpus: list[Document], query: str) -> None:
    node = tree(query)
    assert node is not None
    expected = {document.id for document in corpus if _matches(node, document)}
    found = documents(index, query, size=400)
    assert {hit.document.id for hit in found.hits} == expected
    assert found.total == len(expected)


@pytest.mark.parametrize("query", QUERIES)
def test_order_scores_and_highlights_are_those_of_the_reference(
    index: Index, reference: Index, query: str
) -> None:
    at = _START + timedelta(days=40)
    ours = documents(index, query, size=50, at=at).hits
    theirs = documents(reference, query, size=50, at=at).hits
    assert [hit.score for hit in ours] == pytest.approx([hit.score for hit in theirs], rel=1e-4)
    assert [hit.document for hit in ours] == [hit.document for hit in theirs]
    assert [hit.highlight for hit in ours] == [hit.highlight for hit in theirs]


def test_pages_of_tied_hits_follow_each_other_without_gap_or_repeat(
    index: Index, corpus: list[Document]
) -> None:
    expected = sorted(corpus, key=lambda document: (-document.published_at.timestamp(), document.id))
    for start in range(0, 400, 7):
        page = documents(index, size=7, from_=start)
        assert page.total == 400
        assert [hit.document.id for hit in page.hits] == [each.id for each in expected[start : start + 7]]


def test_a_constant_score_is_ordered_by_the_further_keys(index: Index, corpus: list[Document]) -> None:
    body = {
        "query": {"match_all": {}},
        "sort": [{"_score": "desc"}, {"likes": "asc"}, {"source": "desc"}, {"id": "asc"}],
        "size": 20,
        "from": 10,
        "track_total_hits": True,
        "_source": ["likes"],
    }
    hits = index.search("documents", body)["hits"]["hits"]
    by_source = sorted(sorted(corpus, key=lambda each: each.id), key=lambda each: each.source, reverse=True)
    expected = sorted(by_source, key=lambda each: each.likes)[10:30]
    assert [hit["_id"] for hit in hits] == [each.id for each in expected]
    assert [hit["_source"] for hit in hits] == [{"likes": each.likes} for each in expected]
    assert {hit["_score"] for hit in hits} == {1.0}


def test_a_stored_document_comes_back_whole_but_for_fractions_of_a_second(
    index: Index, corpus: list[Document]
) -> None:
    stored = index.get("documents", "d0007")
    assert stored is not None
    whole = corpus[7].model_copy(update={"fetched_at": corpus[7].fetched_at.replace(microsecond=0)})
    assert Document.model_validate(stored) == whole
    assert index.get("documents", "d9999") is None


def test_counts_are_exact_and_ordered(index: Index, corpus: list[Document]) -> None:
    def ordered(values: Iterator[str]) -> list[tuple[str, int]]:
        return sorted(Counter(filter(None, values)).items(), key=lambda pair: (-pair[1], pair[0]))

    assert list(counts(index, "topic").items()) == ordered(d.topic for d in corpus)
    assert list(counts(index, "keywords").items()) == ordered(k for d in corpus for k in d.keywords)
    assert list(counts(index, "topics", size=3).items()) == ordered(t for d in corpus for t in d.topics)[:3]
    crossed = cross_counts(index, "source", "sentiment", Filters(province="Huế"))
    for source, inner in crossed.items():
        there = [d for d in corpus if d.source == source and d.province == "Huế"]
        assert list(inner.items()) == ordered(d.sentiment for d in there)


def test_days_are_vietnamese_days(index: Index, corpus: list[Document]) -> None:
    expected = Counter(document.published_at.date() for document in corpus)
    assert list(days(index).items()) == sorted(expected.items())
    by_source = histogram(index, "source")
    assert by_source == {
        source: dict(sorted(Counter(d.published_at.date() for d in corpus if d.source == source).items()))
        for source in ("dng_mot", "dng_hai", "dng_ba")
    }


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        (Filters(from_=_START.date()), lambda d: True),
        (
            Filters(from_="2026-10-05", to="2026-10-05"),
            lambda d: d.published_at.date().isoformat() == "2026-10-05",
        ),
        (Filters(to="2026-10-20"), lambda d: d.published_at.date().isoformat() <= "2026-10-20"),
        (Filters(topic="health"), lambda d: d.topic == "health"),
        (Filters(topics=("health", "sports")), lambda d: {"health", "sports"} & set(d.topics)),
        (Filters(kind="ticket", province="Đà Nẵng"), lambda d: (d.kind, d.province) == ("ticket", "Đà Nẵng")),
        (Filters(toxic=True), lambda d: d.toxic),
        (Filters(keywords="TP.HCM"), lambda d: "TP.HCM" in d.keywords),
    ],
)
def test_filters_keep_what_they_say(
    index: Index, corpus: list[Document], filters: Filters, kept: Any
) -> None:
    expected = {d.id for d in corpus if kept(d)}
    assert expected
    assert {hit.document.id for hit in documents(index, filters=filters, size=400).hits} == expected
    both = documents(index, "đất", filters, size=400)
    assert {hit.document.id for hit in both.hits} == expected & {
        d.id for d in corpus if _matches(Phrase(("đất",)), d)
    }


def _ids(index: Index, query: Body) -> set[str]:
    return {source["id"] for source in index.scan("documents", query)}


def test_every_clause_means_the_same(index: Index, corpus: list[Document]) -> None:
    everything = {d.id for d in corpus}
    likes = {"range": {"likes": {"gte": 10, "lt": 20}}}
    exact = {"term": {"topic": ""}}
    few = {"bool": {"filter": [{"ids": {"values": ["d0001", "d0399", "none"]}}]}}
    assert _ids(index, {"match_all": {}}) == everything
    assert _ids(index, {"bool": {}}) == everything
    assert _ids(index, likes) == {d.id for d in corpus if 10 <= d.likes < 20}
    assert _ids(index, {"bool": {"must_not": [exact]}}) == {d.id for d in corpus if d.topic}
    assert _ids(index, {"bool": {"filter": [exact], "should": [likes]}}) == {
        d.id for d in corpus if not d.topic
    }
    assert _ids(index, {"bool": {"filter": [{"terms": {"topic": []}}]}}) == set()
    assert _ids(index, few) == {"d0001", "d0399"}
    assert _ids(index, {"match": {"title": {"query": "?!", "operator": "and"}}}) == set()
    two = {"bool": {"should": [parse("rác"), parse("ngập"), parse("đèn")], "minimum_should_match": 2}}
    hits = [sum(_matches(Phrase((word,)), d) for word in ("rác", "ngập", "đèn")) for d in corpus]
    assert _ids(index, two) == {d.id for d, many in zip(corpus, hits, strict=True) if many >= 2}


def test_least_and_most_are_milliseconds_for_times(index: Index, corpus: list[Document]) -> None:
    aggs = {
        "first": {"min": {"field": "published_at"}},
        "last": {"max": {"field": "published_at"}},
        "liked": {"max": {"field": "likes"}},
    }
    answer = index.search("documents", search_body(size=0, aggs=aggs))["aggregations"]
    times = [d.published_at.timestamp() * 1000 for d in corpus]
    assert (answer["first"]["value"], answer["last"]["value"]) == (min(times), max(times))
    assert answer["liked"]["value"] == max(d.likes for d in corpus)
    none = index.search("documents", search_body(filters=Filters(source="x"), size=0, aggs=aggs))
    assert none["aggregations"]["first"]["value"] is None


def test_a_record_is_replaced_and_deleted_by_its_id(index: Index, corpus: list[Document]) -> None:
    changed = corpus[3].model_copy(update={"title": "Tiêu đề mới toanh"})
    try:
        assert index.write("documents", [corpus[3].model_dump(), changed.model_dump()]) == 2
        assert [hit.document.title for hit in documents(index, "toanh").hits] == ["Tiêu đề mới toanh"]
        assert documents(index, size=0).total == 400
        assert index.delete("documents", ["d0003", "d0003", "none"]) == 1
        assert documents(index, size=0).total == 399
        assert index.delete("documents", ["d0003"]) == 0
    finally:
        index.write("documents", [corpus[3].model_dump()])


def test_a_rebuilt_index_holds_the_same(index: Index, corpus: list[Document]) -> None:
    assert index.reindex("documents") == 400
    assert {source["id"] for source in index.scan("documents", {"match_all": {}})} == {d.id for d in corpus}
    assert index.write("documents", [corpus[0].model_dump()]) == 1
    assert documents(index, size=0).total == 400


def test_setting_up_again_changes_nothing(index: Index) -> None:
    index.setup()
    assert documents(index, size=0).total == 400


def test_crawl_runs_are_kept_with_what_is_not_searched(index: Index) -> None:
    run = {
        "id": "2026-10-01/dng_mot-091500",
        "source": "dng_mot",
        "day": "2026-10-01",
        "started_at": _START,
        "finished_at": None,
        "outcome": "ok",
        "requests": 12,
        "statuses": {"200": 11, "404": 1},
        "rejected": {"http_404": 1},
        "errors": ["x" * 40_000],
    }
    index.write("crawl_runs", [run])
    stored = list(index.scan("crawl_runs", {"bool": {"filter": [{"term": {"day": "2026-10-01"}}]}}))
    expected = run | {"started_at": _START.isoformat()}
    assert stored == [{name: value for name, value in expected.items() if value is not None}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "colour"),
        ({"published_at": datetime(2026, 10, 1)}, "UTC offset"),  # noqa: DTZ001
        ({"published_at": "2026-10-01T09:00:00"}, "UTC offset"),
        ({"likes": "many"}, "no integer"),
        ({"toxic": 1}, "no boolean"),
        ({"topics": ["health", 3]}, "no keyword"),
        ({"url": "x" * 9000}, "a keyword of 9000 letters"),
        ({"id": ""}, "without an id"),
    ],
)
def test_a_record_that_does_not_fit_is_refused_and_nothing_is_written(
    index: Index, corpus: list[Document], change: dict[str, Any], message: str
) -> None:
    before = documents(index, size=0).total
    with pytest.raises(RecordError, match=message):
        index.write("documents", [corpus[0].model_dump() | {"id": "new"} | change])
    assert documents(index, size=0).total == before


def test_an_unknown_alias_is_an_error(index: Index) -> None:
    with pytest.raises(LookupError, match="nothing"):
        index.search("nothing", search_body())


_PLAIN = {"size": 0, "track_total_hits": True}
_BY_ID = {"sort": [{"published_at": "desc"}, {"id": "asc"}]}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"size": 0}, "track_total_hits"),
        ({"track_total_hits": True}, "size"),
        (_PLAIN | {"highlight": {}}, "highlight"),
        (_PLAIN | {"size": 10}, "sort"),
        (_PLAIN | {"size": 10, "sort": [{"published_at": "desc"}]}, "ties"),
        (_PLAIN | {"size": 10, "sort": [{"title": "desc"}, {"id": "asc"}]}, "title"),
        (_PLAIN | _BY_ID | {"size": 10, "from": 9991}, "10000"),
        (_PLAIN | _BY_ID | {"size": 10, "_source": ["colour"]}, "_source"),
        (_PLAIN | {"query": {"prefix": {"topic": "x"}}}, "prefix"),
        (_PLAIN | {"query": {"term": {"topic": "x"}}}, "filter"),
        (_PLAIN | {"query": {"bool": {"filter": [{"term": {"colour": "x"}}]}}}, "colour"),
        (_PLAIN | {"query": {"bool": {"filter": [{"term": {"title": "x"}}]}}}, "title"),
        (_PLAIN | {"query": {"bool": {"filter": [{"term": {"label_scores": "x"}}]}}}, "label_scores"),
        (_PLAIN | {"query": {"bool": {"filter": [{"term": {"likes": "3"}}]}}}, "integer"),
        (_PLAIN | {"query": {"bool": {"filters": []}}}, "filters"),
        (_PLAIN | {"query": {"bool": {"should": [], "minimum_should_match": 1}}}, "minimum_should_match"),
        (_PLAIN | {"query": {"match": {"title": "x"}}}, "must be an object"),
        (_PLAIN | {"query": {"match": {"title": {"query": "x"}}}}, "operator"),
        (
            _PLAIN | {"query": {"match": {"title": {"query": "x", "operator": "and", "fuzziness": 1}}}},
            "fuzziness",
        ),
        (_PLAIN | {"query": {"match_phrase": {"title": {"query": "x", "slop": 1}}}}, "slop"),
        (_PLAIN | {"query": {"match_phrase": {"title": {"query": "x", "boost": -1}}}}, "boost"),
        (_PLAIN | {"query": {"range": {"published_at": {"gte": "2026-10-01T00:00:00"}}}}, "UTC offset"),
        (
            _PLAIN | {"query": {"range": {"published_at": {"gte": "2026-10-01T00:00:00.5+07:00"}}}},
            "whole seconds",
        ),
        (_PLAIN | {"query": {"range": {"published_at": {"lte": "2026-10-01T00:00:00+07:00"}}}}, "lte"),
        (_PLAIN | {"query": {"range": {"published_at": {"gte": "now-1d"}}}}, "now-1d"),
        (_PLAIN | {"query": {"range": {"published_at": {}}}}, "gte or lt"),
        (_PLAIN | {"aggs": {"a": {"terms": {"field": "title", "size": 5}}}}, "title"),
        (_PLAIN | {"aggs": {"a": {"terms": {"field": "topic"}}}}, "size"),
        (_PLAIN | {"aggs": {"a": {"terms": {"field": "topic", "size": 5, "order": {}}}}}, "order"),
        (_PLAIN | {"aggs": {"a": {"cardinality": {"field": "topic"}}}}, "cardinality"),
        (
            _PLAIN
            | {"aggs": {"a": {"date_histogram": {"field": "published_at", "calendar_interval": "day"}}}},
            "fixed_interval",
        ),
        (_PLAIN | {"aggs": {"a": {"max": {"field": "likes"}, "aggs": {}}}}, "only terms"),
    ],
)
def test_a_body_outside_the_contract_is_refused(body: Body, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check("documents", body)


def test_the_template_lists_the_fields_of_a_document() -> None:
    assert list(properties("documents")) == list(Document.model_fields)


def test_an_index_that_is_not_set_up_says_how(tmp_path: Path) -> None:
    with pytest.raises(IndexError_, match="langnghe index setup"):
        EmbeddedIndex(tmp_path / "index").search("documents", search_body())
