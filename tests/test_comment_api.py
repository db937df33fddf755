"""The answers of the known comment services, and the addresses that they are asked at."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from parsel import Selector

from crawlers.catalogue import load_sources
from crawlers.comment_api import Answer, address, comment_ids, page_title, read_answer
from crawlers.state import Seen, lookup, open_state, remember

VNEXPRESS = {
    "error": 0,
    "data": {
        "total": 3,
        "items": [
            {"comment_id": 7, "content": "a", "replys": {"total": 2, "items": [{"comment_id": 8}]}},
            {"comment_id": "9", "content": "b", "replys": {}},
        ],
    },
}
THANHNIEN = (
    '<div class="item box_cm" data-cmid="1"><div class="item-reply" data-cmid="2"></div></div>'
    '<div class="item" data-cmid="3"></div>'
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (json.dumps(VNEXPRESS), Answer(("7", "9"), 3, {"7": 1})),
        (f"callback1({json.dumps(VNEXPRESS)});", Answer(("7", "9"), 3, {"7": 1})),
        ('{"error": 0, "iscomment": 0, "data": []}', Answer()),
        (json.dumps({"Data": json.dumps([{"id": 4, "content": "c"}])}), Answer(("4",))),
        (json.dumps({"Data": "[]"}), Answer()),
        (
            json.dumps({"data": {"totalComment": 9, "comments": [{"commentId": 5, "totalAnswer": 2}]}}),
            Answer(("5",), None, {"5": 0}),
        ),
        (THANHNIEN, Answer(("1", "2", "3"))),
        ("", Answer()),
    ],
)
def test_an_answer_is_understood(text: str, expected: Answer) -> None:
    assert read_answer(text) == expected


@pytest.mark.parametrize("text", ["?", '{"message": "bảo trì", "data": {"rows": [1]}}', '[{"x": 1}]'])
def test_another_answer_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_answer(text)


def test_the_ids_of_a_service_are_read_from_the_article() -> None:
    rules = load_sources()["vn_vnexpress"].crawl.comments
    assert rules is not None
    names = {"tt_article_id": "4901234", "tt_site_id": "1000000", "tt_category_id": "1001005"}
    metas = "".join(f'<meta name="{name}" content="{value}">' for name, value in names.items())
    page = Selector(f"<head>{metas}</head><h1> Ngập\n <b>sâu</b> </h1>")
    ids = comment_ids(rules, page, "https://vnexpress.net/ngap-4901234.html")
    assert "objectid=4901234" in address(rules, ids, 2, 48)
    assert "offset=48" in address(rules, ids, 2, 48)
    replies = address(rules, ids, 0, 0, "77")
    assert "getreplay" in replies
    assert "id=77" in replies
    assert comment_ids(rules, Selector("<h1>Không có mã</h1>"), "https://vnexpress.net/") == {}
    assert page_title(page) == "Ngập sâu"


def test_an_id_can_stand_in_the_address() -> None:
    rules = load_sources()["vn_tuoitre"].crawl.comments
    assert rules is not None
    ids = comment_ids(rules, Selector("<p>"), "https://tuoitre.vn/ngap-20261123081500123.htm")
    assert "objId=20261123081500123" in address(rules, ids, 0, 0)
    assert "pageindex=1" in address(rules, ids, 0, 0)


def test_crawls_that_start_together_share_one_memory(tmp_path: Path) -> None:
    url, at = f"sqlite:///{tmp_path}/state.sqlite", datetime(2026, 11, 23, tzinfo=UTC)

    def run(number: int) -> None:
        engine = open_state(url)
        for page in range(20):
            seen = Seen(url=f"http://bao.example/{page}", role="article", fetched_at=at)
            remember(engine, f"dng_{number}", [seen])
        engine.dispose()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(run, range(6)))
    engine = open_state(url)
    urls = [f"http://bao.example/{page}" for page in range(20)]
    assert [len(lookup(engine, f"dng_{number}", urls)) for number in range(6)] == [20] * 6


def test_the_first_sight_of_a_page_stays(tmp_path: Path) -> None:
    engine = open_state(f"sqlite:///{tmp_path}/state.sqlite")
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in (20, 23)]
    for at in days:
        remember(engine, "dng_mau", [Seen(url="http://bao.example/a", role="article", fetched_at=at)])
    (seen,) = lookup(engine, "dng_mau", ["http://bao.example/a?utm_source=x"]).values()
    assert (seen.first_seen, seen.fetched_at) == tuple(days)
