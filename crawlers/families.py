"""CSS selectors by CMS family: which signs a family leaves in a page's source, and where it keeps what.

A family is data. Add one when several sites share a CMS; what one site alone does stands in its source file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement


@dataclass(frozen=True)
class Family:
    """Selectors tried in order, and the words in a page's source by which its CMS is known."""

    name: str
    signs: tuple[str, ...]
    title: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


FAMILIES = (
    Family(
        "neopublish",
        ("cms-body", "zce-content-body"),
        title=("h1.article__title", ".article__title.cms-title", ".cms-title"),
        lead=(".article__sapo", ".cms-desc"),
        body=(".article__body.cms-body", ".cms-body", ".zce-content-body"),
        published=(".article__meta time", "time.time", ".article__meta", ".article__time", ".cms-date"),
        section=(".article__breadcrumb a", ".breadcrumbs a", ".breadcrumb a", ".article__cate a"),
        drop=(".article__story", ".cms-relate", ".article__tag", ".cms-author", ".article__author"),
    ),
    Family(
        "onecms",
        ("b-maincontent", "sc-longform", "c-detail-head"),
        title=(".sc-longform-header-title", ".block-sc-title", ".c-detail-head__title"),
        lead=(".sc-longform-header-sapo", ".block-sc-sapo"),
        body=(".b-maincontent", "article.entry", ".entry"),
        published=(".sc-longform-header-date", ".block-sc-publish-time", ".c-detail-head__time"),
        section=(
            ".sc-longform-header-cate a",
            ".sc-longform-header-cate",
            ".block-sc-cate-name",
            ".c-breadcrumb a",
        ),
        drop=(".c-news-detail-relate", ".sc-longform-header", ".sc-hightlight-box", ".c-box"),
    ),
    Family(
        "cnnd",
        ("afcbc-body", "hdNewsId", 'data-role="sapo"'),
        title=("h1.detail-title", "[data-role=title]"),
        lead=("h2.detail-sapo", "[data-role=sapo]", ".detail-sapo"),
        body=(".detail-content.afcbc-body", ".afcbc-body", "[data-role=content]"),
        published=("[data-role=publishdate]", ".detail-time"),
        section=(".detail-cate a", "[data-role=cate-name]"),
        drop=("[type=RelatedOneNews]", "[type=RelatedNews]", ".VCObjectBoxRelatedNews", ".readmore-body-box"),
    ),
    Family(
        "dantri",
        ('data-slot="sapo"', "singular-content"),
        title=("h1[data-slot=title]", "h1.title-page"),
        lead=("h2[data-slot=sapo]", "h2.singular-sapo"),
        body=("[data-slot=content]", ".singular-content"),
        published=("article time[datetime]", "time.author-time"),
        drop=(".dantri-widget",),
    ),
    Family(
        "vnexpress",
        ("fck_detail",),
        title=("h1.title-detail", "h1.title_news_detail"),
        lead=("p.description", "h2.description", "h2.short_intro"),
        body=("article.fck_detail", ".fck_detail"),
        published=("span.date", ".header-content .date", ".block_timer"),
        section=("ul.breadcrumb a",),
        drop=(".box-tinlienquanv2", ".list_link"),
    ),
    Family(
        "vietnamnet",
        ("content-detail-sapo",),
        title=("h1.content-detail-title",),
        lead=(".content-detail-sapo",),
        body=("#maincontent", ".maincontent"),
        published=(".bread-crumb-detail__time", ".publish-date"),
        section=(".bread-crumb-detail > ul > li > a",),
    ),
    Family(
        "zing",
        ("the-article-body",),
        title=("h1.the-article-title",),
        lead=("p.the-article-summary",),
        body=(".the-article-body",),
        published=(".the-article-publish",),
        section=(".the-article-category a",),
    ),
    Family(
        "nukeviet",
        ("news-bodyhtml", "nukeviet"),
        title=("h1.title", ".news_column h1"),
        lead=(".hometext", "#hometext"),
        body=("#news-bodyhtml", ".bodytext"),
        published=(".news_column .h5", "em.time", ".time"),
        section=(".breadcrumbs a", ".breadcrumb a"),
    ),
    Family(
        "liferay",
        ("Liferay.", "asset_publisher", "journal-content-article"),
        title=(".asset-title", ".header-title", ".title-detail", ".news-title"),
        lead=(".asset-summary", ".sapo", ".summary"),
        body=(
            ".asset-full-content .journal-content-article",
            ".asset-full-content",
            ".journal-content-article",
        ),
        published=(".metadata-publish-date", ".publish-date", ".asset-metadata"),
        section=(".breadcrumb a",),
    ),
    Family(
        "sharepoint",
        ("_spPageContextInfo", "/_layouts/", "ms-rtestate-field"),
        body=(".ArticleContent", ".ms-rtestate-field", ".news-content", ".noidung"),
        lead=(".ArticleSummary", ".tomtat", ".sapo"),
    ),
    Family(
        "wordpress",
        ("wp-content", "entry-content"),
        title=("h1.entry-title", "h1.post-title", "h1.tdb-title-text"),
        body=(".entry-content", ".td-post-content", ".post-content"),
        published=("time.entry-date.published", "time.entry-date", ".entry-meta time", ".posted-on"),
        section=(".entry-crumbs a", ".td-crumb-container a", ".cat-links a", ".breadcrumb a"),
    ),
    Family(
        "bacgiang",
        ("news_detail_sapo",),
        lead=(".news_detail_sapo",),
        body=(".news_detail_content", ".detail-content"),
    ),
)


def families_of(source_text: str) -> tuple[Family, ...]:
    """The families whose signs stand in a page's source."""
    return tuple(family for family in FAMILIES if any(sign in source_text for sign in family.signs))


def first(tree: HtmlElement, selectors: Iterable[str]) -> HtmlElement | None:
    """The first element with text that one of the selectors finds, in the selectors' order."""
    return next((element for element in found(tree, selectors) if element.text_content().strip()), None)


def found(tree: HtmlElement, selectors: Iterable[str]) -> Iterator[HtmlElement]:
    """All elements that the selectors find, in the selectors' order."""
    for selector in selectors:
        yield from compiled(selector)(tree)


@lru_cache(maxsize=512)
def compiled(selector: str) -> CSSSelector:
    """A CSS selector made ready; raises `cssselect.SelectorError` where it is wrong."""
    return CSSSelector(selector, translator="html")
