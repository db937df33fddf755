"""Sitemaps: of news, of pages, and indexes of them, compressed or not."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from lxml import etree
from scrapy.http import Response

from crawlers.links import Link, is_old, told_time
from crawlers.spiders.base import SourceSpider
from crawlers.spiders.feed import local, parse_xml, text_of

_LONGEST = 50_000_000
"""Bytes of a sitemap, the protocol's own limit."""


class SitemapSpider(SourceSpider):
    """The articles of sitemaps, the latest first: an archive's sitemap may hold fifty thousand."""

    list_role = "sitemap"

    def links(self, response: Response) -> Iterator[Link]:
        """One link a `url`, the latest first."""
        root = _root(response)
        if root is None or local(root) not in {"urlset", "sitemapindex"}:
            self.reject("not_a_sitemap", response.url)
            return
        yield from self._newest_first(
            Link(text_of(each, "loc"), _publication(each), text_of(each, "lastmod"))
            for each in root.iter("{*}url")
        )

    def more(self, response: Response, *, fresh: bool) -> Iterator[str]:  # noqa: ARG002
        """The sitemaps of an index that may hold something recent, the latest first."""
        root = _root(response)
        if root is not None and local(root) == "sitemapindex":
            sitemaps = (
                Link(text_of(each, "loc"), changed=text_of(each, "lastmod"))
                for each in root.iter("{*}sitemap")
            )
            recent = [
                link
                for link in sitemaps
                if not is_old(link, self.at, self.source.crawl.max_age_days) and link.url
            ]
            for link in list(self._newest_first(iter(recent)))[: self.source.crawl.listing_pages]:
                yield link.url

    def _newest_first(self, links: Iterator[Link]) -> Iterator[Link]:
        def age(link: Link) -> float:
            at = told_time(link.changed or link.published, self.at)
            return -at.timestamp() if at else 0.0

        return iter(sorted((link for link in links if link.url), key=age))


def _root(response: Response) -> etree._Element | None:
    body = response.body
    if body[:2] == b"\x1f\x8b":
        try:
            body = zlib.decompressobj(31).decompress(body, _LONGEST)
        except zlib.error:
            return None
    return parse_xml(body)


def _publication(url: etree._Element) -> str:
    """The `news:publication_date`; `lastmod` is no time of publication."""
    return next(((each.text or "").strip() for each in url.iter("{*}publication_date")), "")
