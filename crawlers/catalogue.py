"""The catalogue: every `sources/*.yml`, checked; a source is found by its file, there is no registry."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from crawlers.marks import Marked, read_marked
from crawlers.source import CommentRules, CrawlRules, Expect, ExtractRules, Source

__all__ = [
    "CatalogueError",
    "CommentRules",
    "CrawlRules",
    "Expect",
    "ExtractRules",
    "Row",
    "Source",
    "due",
    "load_sources",
    "new_source",
    "read_source",
    "rows",
]

PACKAGED = Path(__file__).parent / "sources"


class CatalogueError(ValueError):
    """Everything that is wrong with the catalogue; a line is `file:line: problem`."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


class Row(NamedTuple):
    """A source in one line of `sources list`."""

    slug: str
    name: str
    kind: str
    province: str
    spider: str
    every: str
    home: str


def load_sources(folders: Sequence[Path] = (), collection: str | None = None) -> dict[str, Source]:
    """All sources by slug, those of the package and of further folders.

    Raises:
        CatalogueError: listing every problem of every file at once.
    """
    problems: list[str] = []
    sources: dict[Path, Source] = {}
    for folder in (PACKAGED, *folders):
        if not folder.is_dir():
            problems.append(f"{folder}:1: no such folder")
        for path in sorted(folder.glob("*.yml")):
            try:
                sources[path] = read_source(path)
            except CatalogueError as error:
                problems += error.problems
    problems += _shared(sources)
    if problems:
        raise CatalogueError(problems)
    by_slug = {source.slug: source for source in sources.values()}
    return {slug: by_slug[slug] for slug in sorted(by_slug) if collection in (None, by_slug[slug].collection)}


def read_source(path: Path) -> Source:
    """Read and check one source's file. Raises CatalogueError with everything that is wrong in it."""
    marked = read_marked(path)
    if not isinstance(marked, Marked):
        raise CatalogueError([f"{path}:{line}: {problem}" for line, problem in marked])
    problems = []
    if (slug := marked.values.get("slug", path.stem)) != path.stem:
        problems.append((marked.line(["slug"]), f"slug `{slug}` is not the file's name `{path.stem}`"))
    try:
        source = Source.model_validate({"slug": path.stem, **marked.values})
    except ValidationError as error:
        problems += [(marked.line(wrong["loc"]), _said(wrong)) for wrong in error.errors()]
    if problems:
        raise CatalogueError([f"{path}:{line}: {problem}" for line, problem in sorted(problems)])
    return source


def due(source: Source, last_run: datetime | None, now: datetime) -> bool:
    """Whether it is time to crawl a source that was last crawled at `last_run` (None: never)."""
    return source.due(last_run, now)


def rows(sources: Mapping[str, Source]) -> list[Row]:
    """A summary of every source."""
    return [
        Row(s.slug, s.name, s.kind, s.province, s.crawl.spider, _interval(s.crawl.every), s.home)
        for s in sources.values()
    ]


def new_source(  # noqa: PLR0913 - the facts that a source cannot do without
    slug: str,
    home: str,
    *,
    name: str = "",
    kind: str = "newspaper",
    province: str = "",
    spider: str = "feed",
    start: Sequence[str] = (),
) -> str:
    """The text of a new source's file, with comments on what to fill in and what may be left out."""

    def quoted(value: str) -> str:
        return json.dumps(value, ensure_ascii=False)

    addresses = start or (home if spider == "listing" else f"{home.rstrip('/')}/rss/home.rss",)
    listed = "\n".join(f"    - {quoted(url)}" for url in addresses)
    return f"""\
# {slug}.yml: the slug names file, fixture, id and log; it is never renamed.
# Say here when and how the facts below were checked.
name: {quoted(name or slug)}
kind: {kind} # newspaper, broadcaster, portal, forum, other
province: {quoted(province)} # current name, "" for the whole country
home: {quoted(home)}
crawl:
  spider: {spider} # feed, sitemap, listing, forum
  start: # the feed, sitemap, listing or forum; look for <link rel="alternate"> in the home page
{listed}
  every: 2h
  delay: 5 # seconds between two requests
  # article_url: '-post\\d+\\.html$' # regular expression of an article's address
  # links: "h3 a" # listing, forum: where the links to articles stand
  # next: "a.next" # listing, forum: the link to the next page
expect:
  pages_per_day: 5 # fewer are shown as trouble
  body_chars: 400
# extract: # only where the common rules fail; CSS selectors
#   title: "h1"
#   lead: ".sapo"
#   body: ".content"
#   drop: [".related"]
"""


def _said(wrong: ErrorDetails) -> str:
    key = ".".join(map(str, wrong["loc"]))
    message = (
        "unknown key" if wrong["type"] == "extra_forbidden" else wrong["msg"].removeprefix("Value error, ")
    )
    return f"{key}: {message}" if key else message


def _shared(sources: Mapping[Path, Source]) -> Iterator[str]:
    """Slugs and start addresses that two files claim."""
    yield from _twice((source.slug, path) for path, source in sources.items())
    yield from _twice((url, path) for path, source in sources.items() for url in source.crawl.start)


def _twice(claims: Iterable[tuple[str, Path]]) -> Iterator[str]:
    claimants: defaultdict[str, list[Path]] = defaultdict(list)
    for claim, path in claims:
        claimants[claim].append(path)
    for claim, (first, *others) in claimants.items():
        for path in others:
            text = path.read_text("utf8").splitlines()
            line = next((n for n, written in enumerate(text, 1) if claim in written), 1)
            yield f"{path}:{line}: `{claim}` is taken by {first}"


def _interval(every: timedelta) -> str:
    minutes = int(every.total_seconds() // 60)
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"
