"""What a source's file may say, and which mistakes are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from crawlers.catalogue import CatalogueError, Source, load_sources, new_source, read_source, rows

FACTS: dict[str, Any] = {
    "slug": "xx_mau",
    "name": "Báo Mẫu",
    "kind": "newspaper",
    "home": "https://www.bao.example/",
    "crawl": {"spider": "feed", "start": ["https://bao.example:8443/rss"]},
}
COMMENTS: dict[str, Any] = {
    "url": "https://api.example/comments?id={id}&from={offset}",
    "ids": {"id": r"url:-(\d+)\.html$"},
}


def source(**crawl: Any) -> Source:
    return Source.model_validate({**FACTS, "crawl": {**FACTS["crawl"], **crawl}})


def test_hosts_are_those_of_home_start_comments_and_what_is_named_with_their_ports() -> None:
    found = source(comments=COMMENTS, hosts=["media.example"]).hosts
    assert {"bao.example", "www.bao.example", "bao.example:8443", "api.example", "media.example"} <= found
    assert not found & {"xbao.example", "bao.example:80", "example"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"url": "https://api.example/c?id={id}&site={site}"}, "nothing says what {site} is"),
        ({"url": "https://api.example/c?id={id}&of={comment}"}, "nothing says what {comment} is"),
        ({"replies": "https://api.example/r?of={comment}&x={x}"}, "nothing says what {x} is"),
        ({"ids": {"id": r"url:-\d+\.html"}}, "needs one group"),
        ({"ids": {"id": "meta[name=::attr(content)"}}, "not a CSS selector"),
    ],
)
def test_a_mistake_in_the_comment_rules_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        source(comments={**COMMENTS, **change})
    assert said in str(raised.value)


def test_a_former_province_is_a_mistake() -> None:
    with pytest.raises(ValidationError, match="none of the 34 provinces"):
        Source.model_validate({**FACTS, "province": "Quảng Nam"})


def test_a_slug_that_is_not_the_files_name_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "xx_mau.yml"
    file.write_text("# facts\nslug: xx_khac\n" + new_source("xx_mau", "https://bao.example/"), "utf8")
    with pytest.raises(CatalogueError, match=rf"{file}:2: slug `xx_khac`"):
        read_source(file)


def test_one_feed_listed_twice_is_a_mistake_of_the_second_file(tmp_path: Path) -> None:
    for slug in ("xx_one", "xx_two"):
        (tmp_path / f"{slug}.yml").write_text(new_source(slug, "https://bao.example/"), "utf8")
    with pytest.raises(CatalogueError, match=r"xx_two\.yml:10: .*rss/home\.rss` is taken by .*xx_one\.yml"):
        load_sources([tmp_path])


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no such folder"):
        load_sources([tmp_path / "absent"])


def test_every_source_has_its_row() -> None:
    sources = load_sources(collection="demo")
    found = {row.slug: row for row in rows(sources)}
    assert found.keys() == sources.keys()
    assert (found["demo_diendan"].spider, found["demo_diendan"].every) == ("forum", "30m")
