"""What a page says of itself for machines: JSON-LD and meta tags, as they really occur."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

ARTICLE_TYPES = frozenset(
    (
        "Article",
        "NewsArticle",
        "ReportageNewsArticle",
        "AnalysisNewsArticle",
        "BackgroundNewsArticle",
        "OpinionNewsArticle",
        "ReviewNewsArticle",
        "AskPublicNewsArticle",
        "AdvertiserContentArticle",
        "BlogPosting",
        "LiveBlogPosting",
        "Report",
    )
)
_PUBLISHED_META = (
    "article:published_time",
    "og:article:published_time",
    "pubdate",
    "publishdate",
    "datepublished",
    "published_time",
    "article:published",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "dcterms.created",
    "date",
)
_META = etree.XPath("//meta[@content and (@name or @property or @itemprop)]")
_JSON_LD = etree.XPath("//script[contains(@type, 'ld+json')]/text()")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_SPACE = re.compile(r"[\s\u200b\u200e\u200f\u2060\ufeff\u00ad]+")


@dataclass(frozen=True)
class Facts:
    """What JSON-LD and meta tags say; empty where they say nothing."""

    is_article: bool = False
    """A JSON-LD node of an article type describes this page (`og:type` lies on section pages)."""
    headline: str = ""
    description: str = ""
    section: str = ""
    site: str = ""
    published: tuple[tuple[str, str], ...] = ()
    """(`json-ld` or `meta`, text as it stands), most trusted first."""
    is_free: bool = True
    titles: tuple[str, ...] = ()
    """og:title and `<title>`, which may be written for search engines."""


def clean(text: str | None) -> str:
    """Text of one line in NFC, entities resolved however often they were escaped."""
    if not text:
        return ""
    while "&" in text and (once := html.unescape(text)) != text:
        text = once
    return unicodedata.normalize("NFC", _SPACE.sub(" ", text)).strip()


def read_facts(tree: HtmlElement, url: str) -> Facts:
    """Read the JSON-LD and meta tags of a page fetched from `url`."""
    nodes = list(_nodes(_JSON_LD(tree)))
    meta = _meta(tree)
    article = _article(nodes, url)
    published = [("json-ld", str(article.get(key) or "")) for key in ("datePublished", "dateCreated")]
    published += [("meta", meta.get(name, "")) for name in _PUBLISHED_META]
    crumbs = _crumbs(nodes)
    return Facts(
        is_article=bool(article),
        headline=clean(_text(article.get("headline") or article.get("name"))),
        description=clean(
            _text(article.get("description")) or meta.get("og:description") or meta.get("description")
        ),
        section=_section(article, meta) or (crumbs[0] if crumbs else ""),
        site=clean(meta.get("og:site_name") or _text(article.get("publisher"))),
        published=tuple((origin, value) for origin, value in published if value),
        is_free=str(article.get("isAccessibleForFree", True)).lower() != "false",
        titles=tuple(filter(None, (clean(meta.get("og:title")), clean(tree.findtext(".//title"))))),
    )


def _meta(tree: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in _META(tree):
        for attribute in ("property", "name", "itemprop"):
            if name := element.get(attribute):
                found.setdefault(name.strip().lower(), element.get("content").strip())
    return found


def _nodes(scripts: Iterable[str]) -> Iterator[dict[str, Any]]:
    for script in scripts:
        yield from _flat(_loads(script))


def _loads(script: str) -> Any:
    """JSON with control characters, trailing commas, escaped quotes; else the fields that can be read."""
    text = (
        script.strip().removeprefix("<![CDATA[").removesuffix("]]>").removeprefix("<!--").removesuffix("-->")
    )
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text), _TRAILING_COMMA.sub(r"\1", html.unescape(text))):
        try:
            return json.loads(attempt.strip().rstrip(";"), strict=False)
        except (ValueError, RecursionError):
            continue
    names = ("@type", "headline", "datePublished", "description", "articleSection")
    found = ((name, re.search(rf'"{name}"\s*:\s*"((?:[^"\\]|\\.)*)"', text)) for name in names)
    return {name: match[1].replace('\\"', '"') for name, match in found if match}


def _flat(value: Any) -> Iterator[dict[str, Any]]:
    """The nodes of a JSON-LD value: itself, a list's, a @graph's; not those inside an item list."""
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, dict):
        yield value
        yield from _flat(value.get("@graph"))
        if isinstance(value.get("mainEntity"), dict):
            yield value["mainEntity"]


def _types(node: dict[str, Any]) -> set[str]:
    kinds = node.get("@type") or ()
    return {kinds} if isinstance(kinds, str) else {str(kind) for kind in kinds}


def _article(nodes: list[dict[str, Any]], url: str) -> dict[str, Any]:
    """The node that describes the page; of several articles, as lists have them, the one with its URL."""
    articles = [node for node in nodes if _types(node) & ARTICLE_TYPES]
    if len({clean(_text(node.get("headline") or node.get("name"))) for node in articles}) > 1:
        path = urlsplit(url).path.rstrip("/")
        articles = [
            node
            for node in articles
            if path and path in {_path(node, key) for key in ("url", "@id", "mainEntityOfPage")}
        ]
    return articles[0] if articles else {}


def _path(node: dict[str, Any], key: str) -> str:
    value = node.get(key)
    return urlsplit(str(value.get("@id", "") if isinstance(value, dict) else value or "")).path.rstrip("/")


def _text(value: Any) -> str:
    """The text of a JSON-LD value: a string, the first of a list, or the name of a node."""
    if isinstance(value, list):
        return _text(value[0]) if value else ""
    if isinstance(value, dict):
        return _text(value.get("name"))
    return str(value) if value is not None else ""


def _section(article: dict[str, Any], meta: dict[str, str]) -> str:
    section = clean(_text(article.get("articleSection"))) or clean(meta.get("article:section"))
    return section.split(",")[0].strip()


def _crumbs(nodes: list[dict[str, Any]]) -> list[str]:
    """Names of the breadcrumb list after the home page."""
    items: list[Any] = []
    for node in nodes:
        if "BreadcrumbList" in _types(node):
            items = node.get("itemListElement") or []
    flat = [item for entry in items for item in (entry if isinstance(entry, list) else [entry])]
    named = (item.get("name") or _text(item.get("item")) for item in flat if isinstance(item, dict))
    names = [clean(_text(name)) for name in named]
    return [name for name in names if name and not is_home(name)]


def is_home(name: str) -> bool:
    """Whether a breadcrumb names the home page."""
    return name.lower().strip(" ›»/>") in {"trang chủ", "trang nhất", "home", "trang chu", "home page", ""}
