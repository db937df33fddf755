"""What a source's YAML file may say: the record `Source` and its parts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from cssselect import HTMLTranslator, SelectorError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

# fmt: off
PROVINCES = frozenset((
    "An Giang", "Bắc Ninh", "Cao Bằng", "Cà Mau", "Cần Thơ", "Gia Lai", "Huế", "Hà Nội", "Hà Tĩnh",
    "Hưng Yên", "Hải Phòng", "Khánh Hòa", "Lai Châu", "Lào Cai", "Lâm Đồng", "Lạng Sơn", "Nghệ An",
    "Ninh Bình", "Phú Thọ", "Quảng Ngãi", "Quảng Ninh", "Quảng Trị", "Sơn La", "TP. Hồ Chí Minh",
    "Thanh Hóa", "Thái Nguyên", "Tuyên Quang", "Tây Ninh", "Vĩnh Long", "Điện Biên", "Đà Nẵng", "Đắk Lắk",
    "Đồng Nai", "Đồng Tháp",
))
# fmt: on
"""The 34 provinces since 2025-07-01 (Resolution 202/2025/QH15)."""
_DURATION = re.compile(r"(\d+)\s*(m|h|d)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_PSEUDO = re.compile(r"::(?:text|attr\([\w-]+\))$")
_TEMPLATE = re.compile(r"\{(\w*)\}")


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", value):
        raise ValueError(f"not an address: `{value}` (wants http:// or https:// and a host)")
    if parts.username is not None:
        raise ValueError("an address must not carry a user or password")
    if "." not in parts.hostname and parts.hostname != "localhost":
        raise ValueError(f"`{parts.hostname}` is no host name")
    _ = parts.port
    return value


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return value


def _selector(value: str) -> str:
    try:
        HTMLTranslator().css_to_xpath(value)
    except SelectorError as error:
        raise ValueError(f"not a CSS selector: {error}") from None
    return value


def _place(value: str) -> str:
    """Where an id is read: `url:` and a regular expression with one group, or a CSS selector."""
    kind, _, pattern = value.partition(":")
    if kind != "url":
        _selector(_PSEUDO.sub("", value))
        return value
    if re.compile(_regex(pattern)).groups != 1:
        raise ValueError("the expression needs one group, the id")
    return value


def _province(value: str) -> str:
    if value and value not in PROVINCES:
        raise ValueError(f"`{value}` is none of the 34 provinces")
    return value


def _duration(value: Any) -> Any:
    if isinstance(value, timedelta) or str(value).startswith("P"):
        return value  # as Python or JSON (ISO 8601) hands a checked source on
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match or not int(match[1]):
        raise ValueError(f"not a duration: `{value}` (write 30m, 2h or 1d)")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Url = Annotated[str, AfterValidator(_url)]
Regex = Annotated[str, AfterValidator(_regex)]
Selector = Annotated[str, AfterValidator(_selector)]
Selectors = Annotated[tuple[Selector, ...], BeforeValidator(_listed)]
Ids = Mapping[str, Annotated[str, AfterValidator(_place)]]


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CommentRules(_Rules):
    """Readers' comments: the service's addresses, and where an article keeps the ids that they ask for."""

    url: Url
    """Template: `{offset}`, `{page}`, `{limit}` and the names of `ids`."""
    ids: Ids
    """Name in the template → `url:` and a regular expression with one group, or a CSS selector."""
    replies: str = ""
    """Template for one comment's replies, `{comment}` beside the others, where they are kept apart."""
    limit: int = Field(24, ge=1, le=1000)
    first_page: int = Field(1, ge=0, le=1)
    max_requests: int = Field(20, ge=1)
    """Requests an article and run at most."""

    @model_validator(mode="after")
    def _every_name_has_a_value(self) -> CommentRules:
        known = {*self.ids, "offset", "page", "limit"}
        for url, names in ((self.url, known), (self.replies, known | {"comment"})):
            if unknown := set(_TEMPLATE.findall(url)) - names:
                raise ValueError(f"nothing says what {{{min(unknown)}}} is in `{url}`")
        return self


class CrawlRules(_Rules):
    """Where a source's pages are found, and how often and how slowly they are fetched."""

    spider: Literal["feed", "sitemap", "listing", "forum"]
    start: Annotated[tuple[Url, ...], Field(min_length=1)]
    every: Annotated[timedelta, BeforeValidator(_duration)] = timedelta(hours=2)
    delay: float = Field(5, ge=0, le=120)
    """Seconds between two requests to one host; robots.txt may ask for more, never for less."""
    hosts: tuple[str, ...] = ()
    """Further hosts of the outlet; its home, start and comment addresses and their subdomains always are."""
    article_url: Regex = ""
    """What the address of an article (a forum: of a thread) looks like."""
    links: Selector | None = None
    """Links to articles on a listing or to threads on a forum page."""
    next: Selector | None = None
    """The link to a listing's next page, beside `rel=next`."""
    listing_pages: int = Field(3, ge=1)
    """Pages of one listing, forum or thread a run at most."""
    max_pages: int | None = Field(None, ge=1)
    """Articles or threads a run, where the installation's limit does not fit."""
    max_age_days: int = Field(10, ge=1)
    """Articles that a feed or sitemap dates further back are left alone."""
    verify_tls: bool = True
    """False accepts expired and self-made certificates."""
    comments: CommentRules | None = None


class Expect(_Rules):
    """What a healthy source brings; less is shown as trouble."""

    pages_per_day: float = Field(1, ge=0)
    body_chars: int = Field(400, ge=0)


class ExtractRules(_Rules):
    """The source's own selectors, tried before those of its CMS family."""

    title: Selectors = ()
    lead: Selectors = ()
    body: Selectors = ()
    published: Selectors = ()
    section: Selectors = ()
    drop: Selectors = ()
    lead_prefix: Regex = ""
    """What stands before the lead's own words, `\\(Dân trí\\)\\s*[-–]`."""


class Source(_Rules):
    """One outlet: facts, how it is crawled and read, and what is expected of it."""

    slug: str = Field(pattern=r"^[a-z0-9]+_[a-z0-9_]+$")
    name: str = Field(min_length=1)
    kind: Literal["newspaper", "broadcaster", "portal", "forum", "other"]
    province: Annotated[str, AfterValidator(_province)] = ""
    """Current name of the province that it serves; empty: the whole country."""
    home: Url
    collection: Literal["live", "demo"] = "live"
    crawl: CrawlRules
    expect: Expect = Expect()
    extract: ExtractRules = ExtractRules()

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The source's hosts, with a port where one is written, each with and without `www.`."""
        urls = [self.home, *self.crawl.start]
        if comments := self.crawl.comments:
            urls += filter(None, (comments.url, comments.replies))
        named = {*(urlsplit(url).netloc for url in urls), *self.crawl.hosts}
        bare = {host.lower().removeprefix("www.") for host in named}
        return frozenset(bare | {f"www.{host}" for host in bare})

    def due(self, last_run: datetime | None, at: datetime) -> bool:
        """Whether its next crawl is due at `at`; a minute early counts, since schedulers jitter."""
        return last_run is None or at - last_run >= self.crawl.every - timedelta(minutes=1)

    @model_validator(mode="after")
    def _only_articles_have_comments(self) -> Source:
        if self.crawl.spider == "forum" and self.crawl.comments:
            raise ValueError("a forum's replies are its threads; `comments` is for articles")
        return self
