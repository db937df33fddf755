"""Every saved page gives what its `expected.json` says; real pages match their truth, where there are any."""

from __future__ import annotations

import gzip
import json
import os
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawlers.catalogue import Source, load_sources
from crawlers.dates import VIETNAM
from crawlers.extract import extract, generic_source
from crawlers.fixtures import outcomes, read_case, write_case
from crawlers.items import Article, Comment, Rejected
from crawlers.leads import strip_outlet
from crawlers.pages import Page
from crawlers.rejects import Reason

ROOT = Path(__file__).parent / "fixtures" / "sources"
CASES = sorted(path.parent for path in ROOT.glob("*/*/meta.json"))
DATA = Path(os.environ.get("LANGNGHE_DATA", Path(__file__).parents[1].parent / "shared" / "data"))
SITE = "https://bao.example.vn/"
NOW = datetime(2026, 3, 8, 9, tzinfo=VIETNAM)
WRITERS = re.compile(r"Hư Cấu|HƯ CẤU|Tưởng Tượng|TƯỞNG TƯỢNG|tennick|Nick |@example")


def source_of(case: Path) -> Source | None:
    """The source in the catalogue that a case belongs to; synthetic cases have none."""
    return None if case.parent.name.startswith("synthetic_") else load_sources()[case.parent.name]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_a_saved_page_gives_what_was_read_out_of_it(case: Path) -> None:
    found = outcomes(*read_case(case, source_of(case)))
    assert found == json.loads((case / "expected.json").read_text("utf8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_no_writer_is_in_any_record(case: Path) -> None:
    assert not WRITERS.search(json.dumps(outcomes(*read_case(case, source_of(case))), ensure_ascii=False))


def test_every_reason_but_none_other_is_named() -> None:
    named = {
        o.get("reason") for case in CASES for o in json.loads((case / "expected.json").read_text("utf8"))
    }
    assert named - {None} <= set(Reason)
    assert set(Reason) - named == {Reason.NO_TITLE, Reason.BAD_ENCODING}


def page(
    body: str | bytes, url: str = "https://bao.example.vn/xa-binh-minh-co-nuoc-post12345.html", **headers: str
) -> Page:
    data = body.encode() if isinstance(body, str) else body
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Page(url, "bao", NOW, 200, names, data)


def only(page: Page) -> Any:
    (outcome,) = extract(page, generic_source(page.url))
    return outcome


BODY = "<p>" + "Kênh mới dẫn nước về đồng ruộng của hai thôn ở cuối xã. " * 6 + "</p>"
ARTICLE = f"<title>x</title><body><h1>Xã Bình Minh có nước về đồng</h1>{{}}<div>{BODY}{BODY}</div></body>"


def test_a_page_that_leads_to_others_is_no_document() -> None:
    assert extract(page(ARTICLE, x_langnghe_role="listing"), generic_source("https://bao.example.vn/")) == []


def test_the_feed_gives_the_time_that_the_page_lacks() -> None:
    article = only(page(ARTICLE.format(""), x_langnghe_published="Sat, 07 Mar 2026 08:01:53 +0700"))
    assert (article.published_from, article.published_at.isoformat()) == ("feed", "2026-03-07T08:01:53+07:00")


def test_a_clock_in_the_head_is_not_the_time_of_publication() -> None:
    clock = '<div class="header"><span>Chủ nhật, 08/03/2026 08:59</span></div>'
    assert (
        only(page(ARTICLE.replace("<h1>", clock + "<h1>").format("<i>05/03/2026 10:00</i>"))).published_at.day
        == 5
    )


def test_local_time_that_calls_itself_utc_yields_to_the_visible_time() -> None:
    data = (
        '<meta property="article:published_time" content="2026-03-07T08:52:00Z"><span>07/03/2026 08:52</span>'
    )
    assert only(page(ARTICLE.format(data))).published_at.hour == 8
    assert (
        only(page(ARTICLE.format(data.replace("<span>07/03/2026 08:52</span>", "")))).published_at.hour == 15
    )


@pytest.mark.parametrize(
    "label", ["text/html; charset=iso-8859-1", "text/html; charset=windows-1258", "text/html"]
)
def test_utf_8_is_read_whatever_the_server_calls_it(label: str) -> None:
    assert (
        only(page(ARTICLE.format("<i>05/03/2026</i>"), content_type=label)).title
        == "Xã Bình Minh có nước về đồng"
    )


def test_twice_encoded_text_is_repaired() -> None:
    right = ARTICLE.format("<i>05/03/2026</i>")
    mangled = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in right.encode())
    assert only(page(mangled)).title == "Xã Bình Minh có nước về đồng"


def test_bytes_of_no_charset_are_rejected_by_name() -> None:
    assert (
        only(page(bytes(range(128, 256)) * 50, content_type="text/html; charset=nonsense")).reason
        == "bad_encoding"
    )


def test_an_article_without_a_title_is_rejected_by_name() -> None:
    data = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2026-03-07"}</script>'
    )
    assert only(page(f"<body>{data}<div>{BODY}</div></body>")).reason == "no_title"


def test_a_source_pattern_decides_where_the_signs_are_few() -> None:
    short = page(
        f"<body><h1>Xã Bình Minh có nước về đồng</h1><i>05/03/2026</i>{BODY}",
        "https://bao.example.vn/a/b/x-d1",
    )
    source = generic_source(short.url)
    strict = source.model_copy(update={"crawl": source.crawl.model_copy(update={"article_url": r"-d\d+$"})})
    assert [outcome.kind for outcome in extract(short, source)] == ["rejected"]
    assert [outcome.kind for outcome in extract(short, strict)] == ["article"]


def test_a_refused_request_is_a_blocked_page() -> None:
    refused = Page("https://bao.example.vn/a", "bao", NOW, 403, {}, b"no")
    assert [o.reason for o in extract(refused, generic_source(refused.url)) if isinstance(o, Rejected)] == [
        "blocked_page"
    ]


@pytest.mark.parametrize(
    ("lead", "stripped"),
    [
        ("(Dân trí) - Giá vàng giảm", "Giá vàng giảm"),
        ("TTO - Giá vàng giảm", "Giá vàng giảm"),
        ("VOV.VN – Giá vàng giảm", "Giá vàng giảm"),
        ("(Chinhphu.vn) – Giá vàng giảm", "Giá vàng giảm"),
        ("TP.HCM - Giá vàng giảm", "TP.HCM - Giá vàng giảm"),
        ("Giá vàng - đô la giảm", "Giá vàng - đô la giảm"),
    ],
)
def test_the_outlet_is_stripped_from_a_lead(lead: str, stripped: str) -> None:
    assert strip_outlet(lead) == stripped


def test_a_written_case_reads_back_as_it_was(tmp_path: Path) -> None:
    saved = page(ARTICLE.format("<i>05/03/2026</i>"), content_type="text/html")
    folder = write_case(tmp_path / "bao" / "mot_tin", saved, generic_source(saved.url))
    again, source = read_case(folder)
    assert again.body == saved.body
    assert outcomes(again, source) == json.loads((folder / "expected.json").read_text("utf8"))


COMMENTS = {"x_langnghe_role": "comments", "x_langnghe_parent": "https://bao.example.vn/tin-1234"}


@pytest.mark.parametrize(
    "body",
    [
        "null",
        "[1, 2]",
        '{"data": {"items": ["x"]}}',
        '{"data": {"items": [{"comment_id": 1, "content": "a", "userlike": "x"}]}}',
        "[" * 100_000,
        "<p>no comments",
        "<body></body><body>",
    ],
)
def test_what_a_comment_service_may_break_is_no_exception(body: str) -> None:
    assert all(
        isinstance(outcome, Rejected) for outcome in extract(page(body, **COMMENTS), generic_source(SITE))
    )


def test_a_comment_of_an_impossible_time_has_no_date() -> None:
    body = '{"data": {"items": [{"comment_id": 1, "content": "a", "creation_time": 99999999999999999999}]}}'
    assert only(page(body, **COMMENTS)).reason == "no_date"


@pytest.mark.parametrize(
    "body", [b"%PDF-1.4 " + bytes(range(256)), b"", b"<", b"<html></html>", b"<div>" * 5000]
)
def test_what_is_no_page_is_no_exception(body: bytes) -> None:
    assert isinstance(only(page(body)), Rejected)


def test_json_ld_of_odd_values_is_no_exception() -> None:
    odd = '{"@type": ["NewsArticle"], "publisher": "x", "headline": ["a"], "datePublished": {"x": 1}}'
    saved = page(ARTICLE.format(f'<script type="application/ld+json">{odd}</script><i>05/03/2026 10:00</i>'))
    assert only(saved).title == "Xã Bình Minh có nước về đồng"


needs_data = pytest.mark.skipif(
    not (DATA / "html").is_dir(), reason=f"real pages are not at {DATA} (LANGNGHE_DATA)"
)
# The URL is part of the input; pages say theirs in og:url.
OG_URL = re.compile(rb'property="og:url"[^>]*?content="([^"]+)"')


def real_pages(*kinds: str) -> list[dict[str, Any]]:
    index = DATA / "html" / "index.json"
    return (
        [entry for entry in json.loads(index.read_text("utf8")) if entry["kind"] in kinds]
        if index.exists()
        else []
    )


def real_page(entry: dict[str, Any]) -> Page:
    body = gzip.decompress((DATA / "html" / entry["file"]).read_bytes())
    url = OG_URL.search(body)
    return Page(url[1].decode() if url else f"https://{entry['host']}/", "real", NOW, 200, {}, body)


@pytest.mark.data
@needs_data
@pytest.mark.parametrize("entry", real_pages("article"), ids=lambda entry: entry["host"])
def test_a_real_article_is_read_as_its_truth_says(entry: dict[str, Any]) -> None:
    article, truth = only(real_page(entry)), entry["truth"]
    assert isinstance(article, Article)
    assert article.title == truth["title"]
    # The truth keeps the outlet's name, counts Dân trí's lead as a paragraph and VnExpress' byline as text.
    expected = [
        strip_outlet(text) for text in (truth["sapo"], *truth["paras"]) if text and "(tổng hợp)" not in text
    ]
    assert [article.lead, *article.paragraphs] == expected
    assert abs(article.published_at - datetime.fromisoformat(truth["date"])) < timedelta(minutes=1)


@pytest.mark.data
@needs_data
@pytest.mark.parametrize("entry", real_pages("section", "home", "rss"), ids=lambda entry: entry["file"])
@pytest.mark.parametrize("url", [None, "https://{host}/mot-bai-viet-nao-do-rat-dai-2012345.html"])
def test_a_real_list_gives_no_article_whatever_its_url(entry: dict[str, Any], url: str | None) -> None:
    saved = real_page(entry)
    if url:
        saved = Page(url.format(host=entry["host"]), "real", NOW, 200, {}, saved.body)
    assert isinstance(only(saved), Rejected)


@pytest.mark.data
@needs_data
def test_real_comment_responses_are_read_whole() -> None:
    files = sorted((DATA / "html" / "vnexpress.net" / "comments").glob("*.gz"))
    assert len(files) == 30
    for file in files:
        markup = gzip.decompress(file.read_bytes())
        parent = "https://vnexpress.net/tin-3714970.html"
        got = extract(
            page(markup, x_langnghe_role="comments", x_langnghe_parent=parent), generic_source(parent)
        )
        assert all(isinstance(outcome, Comment) for outcome in got)
        assert len(got) == markup.count(b'"comment_id"')
        assert not any("@" in outcome.text.split()[0] for outcome in got if isinstance(outcome, Comment))
