"""Section pages of sites without a feed: links that look like articles, page after page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urldefrag

from parsel import Selector
from scrapy.http import Response, TextResponse

from crawlers.gate import is_article_url
from crawlers.links import Link, belongs
from crawlers.spiders.base import SourceSpider


class ListingSpider(SourceSpider):
    """The articles that section pages link to."""

    def links(self, response: Response) -> Iterator[Link]:
        """The links that the source's rules choose, or all that look like an article's."""
        if not isinstance(response, TextResponse):
            self.reject("not_html", response.url)
            return
        rules = self.source.crawl
        for url in addresses(response, rules.links or "a"):
            chosen = re.search(rules.article_url, url) if rules.article_url else is_article_url(url)
            if belongs(url, self.source) and (rules.links or chosen):
                yield Link(url)

    def more(self, response: Response, *, fresh: bool) -> Iterator[str]:
        """The next page, as long as pages bring something new."""
        if fresh and isinstance(response, TextResponse):
            yield from next_page(response, self.source.crawl.next)


def addresses(response: TextResponse, selector: str) -> Iterator[str]:
    """Where the chosen elements, or the links inside them, lead; each address once."""
    found: dict[str, None] = {}
    for element in response.css(selector):
        hrefs = (
            [element.attrib["href"]] if "href" in element.attrib else element.css("a::attr(href)").getall()
        )
        for href in hrefs:
            url = urldefrag(response.urljoin(href.strip())).url
            if url.startswith(("http://", "https://")):
                found[url] = None
    yield from found


def next_page(response: TextResponse, selector: str | None) -> Iterator[str]:
    """The address of the next page by the source's selector, or by `rel=next`."""
    for choice in filter(None, (selector, "a[rel~=next]", "link[rel~=next]")):
        chosen: list[Selector] = list(response.css(choice))
        href = next((href for each in chosen if (href := each.attrib.get("href", "").strip())), "")
        if href and not href.startswith(("#", "javascript:")):
            yield response.urljoin(href)
            return
