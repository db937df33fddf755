"""The catalogue reads what ships with the package and names every mistake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.catalogue import CatalogueError, Source, load_sources, new_source, read_source

GOOD = """\
name: Báo Mẫu
kind: newspaper
home: https://bao.example/
crawl:
  spider: feed
  start: [https://bao.example/rss]
  every: 2h
"""


def written(folder: Path, text: str, slug: str = "xx_mau") -> Path:
    file = folder / f"{slug}.yml"
    file.write_text(text, "utf8")
    return file


def test_the_packaged_catalogue_is_sound() -> None:
    sources = load_sources()
    assert len(load_sources(collection="demo")) == 6
    assert len(load_sources(collection="live")) >= 12
    assert {source.crawl.spider for source in sources.values()} == {"feed", "sitemap", "listing", "forum"}


def test_a_source_survives_json(tmp_path: Path) -> None:
    source = read_source(written(tmp_path, GOOD))
    assert Source.model_validate_json(source.model_dump_json()) == source


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("every: 2h", "every: 2 weeks"), 7, "not a duration"),
        (("kind: newspaper", "kind: paper"), 2, "kind"),
        (("https://bao.example/rss", "ftp://bao.example"), 6, "not an address"),
        (("every: 2h", "evry: 2h"), 7, "unknown key"),
        (("every: 2h", "article_url: '-(\\d+.html'"), 7, "not a regular expression"),
        (("name: Báo Mẫu", "name: a\nname: b"), 2, "stands twice"),
        (("home: https://bao.example/\n", ""), 1, "Field required"),
        (("crawl:", "crawl: ["), 6, "not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, change: tuple[str, str], line: int, said: str
) -> None:
    file = written(tmp_path, GOOD.replace(*change))
    with pytest.raises(CatalogueError) as raised:
        read_source(file)
    assert f"{file}:{line}: " in str(raised.value)
    assert said in str(raised.value)


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    one = written(tmp_path, GOOD.replace("kind: newspaper", "kind: paper"), "xx_one")
    two = written(tmp_path, GOOD.replace("every: 2h", "evry: 2h"), "xx_two")
    with pytest.raises(CatalogueError) as raised:
        load_sources([tmp_path])
    assert str(one) in str(raised.value)
    assert str(two) in str(raised.value)


def test_a_slug_is_taken_once(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "dng_baodanang")
    with pytest.raises(CatalogueError, match="taken"):
        load_sources([tmp_path])


def test_a_new_source_file_is_valid(tmp_path: Path) -> None:
    file = written(tmp_path, new_source("xx_mau", "https://bao.example/"))
    assert read_source(file).crawl.start == ("https://bao.example/rss/home.rss",)


def test_a_source_is_due_by_its_own_rhythm(tmp_path: Path) -> None:
    source = read_source(written(tmp_path, GOOD))
    at = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert source.due(None, at)
    assert source.due(at - timedelta(hours=2), at)
    assert not source.due(at - timedelta(hours=1), at)
