"""A page to one article: page type, title, lead, body, section and time, or the name of what is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import trafilatura
from lxml.html import HtmlElement

from crawlers import gate
from crawlers.blocks import Block, read_blocks
from crawlers.boilerplate import body_text
from crawlers.catalogue import Source
from crawlers.dates import is_future
from crawlers.families import Family, families_of, first, found
from crawlers.items import Article, Rejected
from crawlers.layout import find_body, find_title, folded, title_above, title_links
from crawlers.leads import find_lead, strip_outlet
from crawlers.markup import Markup
from crawlers.pages import Page, canonical_url
from crawlers.published import find_published
from crawlers.rejects import Reason, reject
from crawlers.structured import Facts, clean, is_home, read_facts

MIN_CHARS = 120
"""Lead and body of the shortest item that says something: a two-line notice."""
_WHOLE = 500
"""What is longer is not only the beginning that a paywall shows."""
_CRUMBS = (
    "[class*=breadcrumb] a",
    "[class*=bread-crumb] a",
    "[id*=breadcrumb] a",
    "[class*=crumb] a",
    ".duong-dan a",
    "[class*=cate] > a",
    "a[class*=cate]",
)
_ANY_NEWS = frozenset(("tin tức", "tin", "news", "bản tin", "chuyên mục", "tin tức sự kiện", "bài viết"))
"""Breadcrumbs that say nothing when a finer one stands beside them."""
_SUFFIX = re.compile(r"\s+(?:[-–—|»]|::)\s+[^-–—|»]{2,60}$")


@dataclass(frozen=True)
class _Rules:
    """The selectors of the source and, after them, of the CMS families that the page belongs to."""

    source: Source
    families: tuple[Family, ...]

    def get(self, field: str) -> tuple[str, ...]:
        own: Sequence[str] = getattr(self.source.extract, field)
        return (*own, *(selector for family in self.families for selector in getattr(family, field)))


@dataclass(frozen=True)
class _Read:
    """What was found on a page, before it is judged."""

    title: str
    title_element: HtmlElement | None
    lead: str
    paragraphs: tuple[str, ...]
    body: HtmlElement | None

    @property
    def chars(self) -> int:
        return len(self.lead) + sum(map(len, self.paragraphs))


def read_article(markup: Markup, source: Source) -> Article | Rejected:
    """The article on a page, or why there is none."""
    page = markup.page
    facts = read_facts(markup.tree, page.url)
    kind = _kind(page, source, facts)
    if kind is False:
        return reject(page, Reason.NOT_ARTICLE, "url")
    rules = _Rules(source, families_of(markup.text))
    read = _read(markup, facts, rules, sure=bool(kind))
    published = find_published(markup, facts, rules.get("published"), read.title_element, read.body)
    if kind is None and not _looks_like_article(markup, read, dated=published is not None):
        return reject(page, Reason.NOT_ARTICLE, "signs")
    if lack := _lack(markup, facts, read):
        return reject(page, *lack)
    if published is None:
        return reject(page, Reason.NO_DATE)
    (at, precision), origin = published
    if is_future(at, page.fetched_at):
        return reject(page, Reason.FUTURE_DATE, at.isoformat())
    return Article(
        source=page.source,
        url=canonical_url(page.url),
        fetched_at=page.fetched_at,
        published_at=at,
        published_precision=precision,
        published_from=origin,
        title=read.title,
        lead=read.lead,
        paragraphs=read.paragraphs,
        section=_section(markup.tree, facts, rules, read.title),
    )


def _lack(markup: Markup, facts: Facts, read: _Read) -> tuple[Reason, str] | None:
    """What an article lacks, with a detail."""
    size = f"{read.chars} characters"
    if not read.title:
        return Reason.NO_TITLE, ""
    if read.chars < _WHOLE and not facts.is_free:
        return Reason.PAYWALL, size
    if read.chars < MIN_CHARS:
        return Reason.PAYWALL if gate.asks_payment(gate.visible_text(markup.tree)) else Reason.TOO_SHORT, size
    if not gate.is_vietnamese(" ".join((read.title, read.lead, *read.paragraphs))):
        return Reason.NOT_VIETNAMESE, ""
    return None


def _kind(page: Page, source: Source, facts: Facts) -> bool | None:
    """Whether the page is an article by JSON-LD or by the source's pattern; None where neither decides."""
    if facts.is_article and not _is_root(page.url):
        return True
    # A site's older articles may have another form of URL: what does not match is not refused for that.
    if source.crawl.article_url and re.search(source.crawl.article_url, page.url):
        return True
    return False if gate.is_section_url(page.url) else None


def _is_root(url: str) -> bool:
    return url.split("//", 1)[-1].partition("/")[2] in {"", "index.html", "index.htm", "index.php"}


def _read(markup: Markup, facts: Facts, rules: _Rules, *, sure: bool) -> _Read:
    tree = markup.tree
    title_element = first(tree, rules.get("title"))
    if title_element is None:
        title_element = find_title(tree, facts)
    body = _known_body(tree, rules)
    if body is None:
        body = find_body(tree, title_element)
    if title_element is None and body is not None:
        title_element = title_above(tree, body)
    if title_element is None:
        title_element = first(tree, ("h1",))
    title = clean(title_element.text_content()) if title_element is not None else _page_title(facts)
    dropped = frozenset(found(tree, rules.get("drop")))
    blocks = _blocks(body, title_element, dropped, title)
    lead_element = first(tree, rules.get("lead"))
    if lead_element is not None and body is not lead_element:
        lead = " ".join(block.text for block in read_blocks(lead_element) if not block.linked)
        blocks = [block for block in blocks if not _repeats(block.text, lead)]
    else:
        lead, blocks = find_lead(title_element, body, blocks, facts)
    paragraphs = tuple(block.text for block in blocks)
    if sure and sum(map(len, paragraphs)) < MIN_CHARS:
        paragraphs = max(
            paragraphs, _by_trafilatura(markup, title, lead), key=lambda texts: sum(map(len, texts))
        )
    return _Read(title, title_element, strip_outlet(lead, rules.source.extract.lead_prefix), paragraphs, body)


def _page_title(facts: Facts) -> str:
    for title in (facts.headline, *facts.titles):
        if title and folded(title) != folded(facts.site):
            return _SUFFIX.sub("", title) if title != facts.headline else title
    return ""


def _known_body(tree: HtmlElement, rules: _Rules) -> HtmlElement | None:
    """The fullest element of the first selector that fits: some pages print a body twice, or in teasers."""
    for selector in (*rules.get("body"), "[itemprop=articleBody]"):
        elements = [
            element for element in found(tree, (selector,)) if len(element.text_content().strip()) > 80
        ]
        if elements:
            return max(elements, key=lambda element: len(element.text_content()))
    return None


def _blocks(
    body: HtmlElement | None, title_element: HtmlElement | None, dropped: frozenset[HtmlElement], title: str
) -> list[Block]:
    if body is None:
        return []
    blocks = body_text(read_blocks(body, dropped, after=title_element))
    return [block for block in blocks if folded(block.text) != folded(title)]


def _repeats(text: str, lead: str) -> bool:
    """Whether a body's paragraph is the lead once more, or one of its paragraphs."""
    one, other = folded(text), folded(lead)
    return one == other or (len(one) > 60 and one in other)


def _by_trafilatura(markup: Markup, title: str, lead: str) -> tuple[str, ...]:
    text = trafilatura.extract(markup.text, include_comments=False, include_tables=True) or ""
    known = {folded(title), folded(lead)}
    return tuple(line for line in map(clean, text.splitlines()) if line and folded(line) not in known)


def _looks_like_article(markup: Markup, read: _Read, *, dated: bool) -> bool:
    """Whether a page of an unknown site, without JSON-LD, has running text and an article's other signs."""
    if read.body is None or not read.title or read.chars < MIN_CHARS:
        return False
    links = title_links(read.body)
    if links > 3 and links > 0.4 * len(read.paragraphs):
        return False
    long = [text for text in (read.lead, *read.paragraphs) if len(text) > 80]
    if len(long) < 2 and title_links(markup.tree) > 10:
        return False
    signs = (
        2 * gate.is_article_url(markup.page.url)
        + 2 * dated
        + (len(long) > 1)
        + (read.chars > 600)
        + bool(read.lead)
    )
    return bool(long) and signs >= 4


def _section(tree: HtmlElement, facts: Facts, rules: _Rules, title: str) -> str:
    own = [*found(tree, rules.source.extract.section)]
    shown = own or ([] if facts.section else found(tree, (*rules.get("section"), *_CRUMBS)))
    names = [clean(element.text_content()).strip(" ›»/>|") for element in shown]
    named = [
        name for name in names if 1 < len(name) < 60 and not is_home(name) and folded(name) != folded(title)
    ]
    telling = [name for name in named if folded(name) not in _ANY_NEWS]
    return next(iter((*telling, *named)), facts.section)
