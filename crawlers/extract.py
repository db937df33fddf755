"""A saved page to articles, posts and comments, or to named rejects; no network, no clock."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawlers import gate
from crawlers.articles import read_article
from crawlers.catalogue import Source
from crawlers.charset import decode
from crawlers.comments import read_comments
from crawlers.items import Outcome, Rejected
from crawlers.markup import Markup, parse
from crawlers.pages import Page
from crawlers.rejects import Reason, reject
from crawlers.threads import forum_of, read_thread

NAVIGATION = frozenset(("listing", "feed", "sitemap", "robots"))
"""Roles of pages that only lead to others and are no documents."""
_FILE = re.compile(
    r"(?:image|video|audio|font)/|application/(?:pdf|zip|msword|octet-stream|vnd\.|x-rar)", re.I
)
_SHELL = 60_000
"""Refusals and pages without text are small; a large page is only checked for them when it gave nothing."""


def extract(page: Page, source: Source) -> list[Outcome]:
    """Everything that one page holds; [] where its role says that it only leads to others."""
    role = page.headers.get("x-langnghe-role", "")
    if role in NAVIGATION:
        return []
    if page.status >= 400:
        blocked = page.status in {401, 403, 407, 429, 503}
        return [reject(page, Reason.BLOCKED_PAGE if blocked else Reason.NOT_ARTICLE, f"HTTP {page.status}")]
    if _FILE.match(page.headers.get("content-type", "")) or page.body[:5] in (b"%PDF-", b"PK\x03\x04\x14"):
        return [reject(page, Reason.NOT_ARTICLE, "file")]
    text = decode(page)
    if text is None:
        return [reject(page, Reason.BAD_ENCODING)]
    return read_comments(page, text) if role == "comments" else _extract_markup(page, source, text)


def generic_source(url: str) -> Source:
    """A source that knows nothing but its home, for a page of a host that is not in the catalogue."""
    parts = urlsplit(url)
    host = (parts.hostname or "unknown").removeprefix("www.")
    return Source.model_validate(
        {
            "slug": "web_" + "".join(char if char.isascii() and char.isalnum() else "_" for char in host),
            "name": host,
            "kind": "other",
            "home": f"{parts.scheme or 'https'}://{parts.netloc or host}/",
            "crawl": {"spider": "listing", "start": [f"{parts.scheme or 'https'}://{parts.netloc or host}/"]},
        }
    )


def _extract_markup(page: Page, source: Source, text: str) -> list[Outcome]:
    markup = parse(page, text)
    if markup is None:
        return [reject(page, Reason.EMPTY_PAGE)]
    if markup.tree.find(".//rss") is not None or (
        text.lstrip()[:200].startswith("<?xml version") and "<html" not in text
    ):
        return [reject(page, Reason.NOT_ARTICLE, "feed")]
    if len(text) < _SHELL and (nothing := _nothing_to_read(markup)):
        return [nothing]
    if forum := forum_of(markup):
        return read_thread(markup, forum)
    article = read_article(markup, source)
    if isinstance(article, Rejected) and (nothing := _nothing_to_read(markup)):
        return [nothing]
    return [article]


def _nothing_to_read(markup: Markup) -> Rejected | None:
    visible = gate.visible_text(markup.tree)
    if gate.is_blocked(markup.text, visible):
        return reject(markup.page, Reason.BLOCKED_PAGE)
    return reject(markup.page, Reason.EMPTY_PAGE) if len(visible) < 25 else None
