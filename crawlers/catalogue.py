"""The catalogue: one YAML file a source, checked when read; a problem is named by file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

OWN_FOLDER = Path(__file__).parent / "sources"

Spider = Literal["feed", "sitemap", "listing", "forum"]
Collection = Literal["live", "demo"]


class CatalogueError(ValueError):
    """The catalogue holds mistakes; the message has one `file:line: problem` a line."""


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or " " in value:
        raise ValueError(f"not an address: {value!r} (wants http:// or https:// and a host)")
    return value


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return value


def _duration(value: Any) -> Any:
    if isinstance(value, timedelta) or str(value).startswith("P"):
        return value  # as Python or JSON (ISO 8601) hands a checked source on
    match = re.fullmatch(r"(\d+)\s*(m|h|d)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"not a duration: {value!r} (write 30m, 2h or 1d)")
    return timedelta(**{{"m": "minutes", "h": "hours", "d": "days"}[match[2]]: int(match[1])})


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Url = Annotated[str, AfterValidator(_url)]
Regex = Annotated[str, AfterValidator(_regex)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Selectors = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CommentRules(_Rules):
    """How to ask a site's comment API for what readers wrote under an article."""

    url: str
    """Template: `{id}`, `{offset}`, `{page}`, `{limit}` and the names of `ids`."""
    ids: dict[str, str]
    """Values for the template: a CSS selector with `::attr(…)`, or `url:<regex with one group>`."""
    replies: str = ""
    """Template for one comment's replies, `{comment}` beside the others, where the API keeps them apart."""
    limit: int = Field(24, ge=1, le=1000)
    first_page: int = Field(1, ge=0, le=1)
    max_requests: int = Field(20, ge=1)
    """Requests an article and run at most."""


class CrawlRules(_Rules):
    """Where a crawl starts, how often, how gently, and what is an article."""

    spider: Spider
    start: Annotated[tuple[Url, ...], Field(min_length=1)]
    every: Duration = timedelta(hours=2)
    delay: float = Field(3.0, ge=0)
    """Seconds between two requests to a host; a longer Crawl-delay of its robots.txt wins."""
    article_url: Regex = ""
    """Searched in the URL; what does not match is not fetched as an article."""
    next: str = ""
    """CSS selector of the link to a listing's next page, beside `rel=next`."""
    max_pages: int | None = Field(None, ge=1)
    listing_pages: int = Field(3, ge=1)
    """Pages of one listing, forum or thread a run at most."""
    hosts: tuple[str, ...] = ()
    """Further hosts that belong to the source."""
    comments: CommentRules | None = None


class Expect(_Rules):
    """What a healthy source brings; less is shown as a problem."""

    pages_per_day: float = Field(1, ge=0)
    body_chars: int = Field(300, ge=0)


class ExtractRules(_Rules):
    """CSS selectors for what the structured data and the family defaults do not find."""

    title: Selectors = ()
    lead: Selectors = ()
    body: Selectors = ()
    published: Selectors = ()
    section: Selectors = ()
    drop: Selectors = ()
    lead_prefix: str = ""
    """The outlet's mark before the lead, `TTO -`, where it is not the usual `(Name) -`."""


class Source(_Rules):
    """One site: facts, schedule, expectations."""

    slug: Annotated[str, Field(pattern=r"^[a-z]+_[a-z0-9_]+$")]
    """`<province>_<outlet>`, the name of its file; never renamed."""
    name: str
    kind: Literal["newspaper", "broadcaster", "portal", "forum", "other"]
    province: str = ""
    """Current name of the province that it serves; empty: the whole country."""
    home: Url
    collection: Collection = "live"
    crawl: CrawlRules
    expect: Expect = Expect()
    extract: ExtractRules = ExtractRules()

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Hosts, with a port where one is written, whose pages belong to the source."""
        urls = [self.home, *self.crawl.start]
        if self.crawl.comments:
            urls.append(self.crawl.comments.url)
        named = {urlsplit(url).netloc.lower() for url in urls} | {host.lower() for host in self.crawl.hosts}
        return frozenset(
            named | {host.removeprefix("www.") for host in named} | {f"www.{host}" for host in named}
        )

    def due(self, last_run: datetime | None, at: datetime) -> bool:
        """Whether its next crawl is due at `at`; a minute early counts, since schedulers jitter."""
        return last_run is None or at - last_run >= self.crawl.every - timedelta(minutes=1)


def load_sources(folders: Sequence[Path] = (), collection: Collection | None = None) -> dict[str, Source]:
    """The sources of the package and of further folders, by slug. Raises CatalogueError with all problems."""
    sources: dict[str, Source] = {}
    problems: list[str] = []
    for file in (file for folder in (OWN_FOLDER, *folders) for file in sorted(folder.glob("*.yml"))):
        try:
            source = read_source(file)
        except CatalogueError as error:
            problems.append(str(error))
            continue
        if source.slug in sources:
            problems.append(f"{file}:1: slug {source.slug!r} is taken by another folder's file")
        sources[source.slug] = source
    if problems:
        raise CatalogueError("\n".join(problems))
    return {slug: each for slug, each in sources.items() if collection in (None, each.collection)}


def read_source(file: Path) -> Source:
    """Read and check one source file; its slug is the file's name. Raises CatalogueError."""
    try:
        node = yaml.compose(file.read_text("utf8"), Loader=yaml.SafeLoader)
        values = yaml.safe_load(file.read_text("utf8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise CatalogueError(f"{file}:{mark.line + 1 if mark else 1}: not YAML: {error}") from None
    if not isinstance(values, dict) or not isinstance(node, yaml.MappingNode):
        raise CatalogueError(f"{file}:1: a source is a mapping (name: …, kind: …, crawl: …)")
    problems = [f"{file}:{line}: {key!r} stands twice" for key, line in _repeated(node)]
    try:
        source = Source.model_validate({"slug": file.stem, **values})
    except ValidationError as error:
        problems += [f"{file}:{_line(node, each['loc'])}: {_said(each)}" for each in error.errors()]
    if problems:
        raise CatalogueError("\n".join(problems))
    return source


def new_source(slug: str, home: str) -> str:
    """The text of a new source file with every key that an operator usually fills in."""
    host = urlsplit(_url(home)).netloc
    return f"""\
# Slug: {slug} (the file's name; never rename it)
name: {host}
kind: newspaper        # newspaper | broadcaster | portal | forum | other
province: ""           # current name of the province it serves, e.g. Đà Nẵng; "" for the whole country
home: {home}
crawl:
  spider: feed         # feed | sitemap | listing | forum
  start: [{home.rstrip("/")}/rss/home.rss]
  every: 2h
  delay: 5             # seconds between two requests
  # article_url: '-post\\d+\\.html'   # what an article's address looks like
expect: {{pages_per_day: 10, body_chars: 400}}
# extract:             # only where the page's own data is not enough
#   lead: .article__sapo
#   body: .article__body
"""


def _said(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    message = error["msg"].removeprefix("Value error, ")
    return f"{where}: unknown key" if error["type"] == "extra_forbidden" else f"{where}: {message}"


def _line(node: yaml.Node, path: Sequence[int | str]) -> int:
    """The line of the deepest key of a path that the file holds."""
    line = node.start_mark.line + 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(part)), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _repeated(node: yaml.Node) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value)
            yield from _repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeated(value)
