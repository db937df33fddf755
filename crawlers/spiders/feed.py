"""RSS, Atom and RDF feeds."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree
from scrapy.http import Response

from crawlers.links import Link
from crawlers.spiders.base import SourceSpider

_KINDS = frozenset(("rss", "feed", "rdf"))


class FeedSpider(SourceSpider):
    """The articles of one or several feeds."""

    list_role = "feed"

    def links(self, response: Response) -> Iterator[Link]:
        """One link an item or entry."""
        root = parse_xml(response.body)
        if root is None or local(root).lower() not in _KINDS:
            self.reject("not_a_feed", response.url)
            return
        for item in root.iter("{*}item", "{*}entry"):
            if url := _address(item):
                changed = text_of(item, "updated", "modified", "pubDate", "published", "date")
                published = text_of(item, "pubDate", "published", "issued", "date", "updated")
                yield Link(response.urljoin(url), published, changed)


def parse_xml(body: bytes) -> etree._Element | None:
    """The root of a document, however broken; no entities of its own, no network."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(body.strip(), parser)
    except etree.XMLSyntaxError:
        return None


def local(element: etree._Element) -> str:
    """An element's name without its namespace; "" for comments."""
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def text_of(item: etree._Element, *names: str) -> str:
    """The text of the first child of these names that has one, in the order of the names."""
    texts = {local(child): (child.text or "").strip() for child in reversed(item)}
    return next((texts[name] for name in names if texts.get(name)), "")


def _address(item: etree._Element) -> str:
    links = [child for child in item if local(child) == "link"]
    for link in links:
        if link.get("href") and link.get("rel", "alternate") == "alternate":
            return str(link.get("href")).strip()
    if url := next((link.text.strip() for link in links if link.text and link.text.strip()), ""):
        return url
    guid = text_of(item, "guid", "id")
    return guid if guid.startswith(("http://", "https://")) else ""
