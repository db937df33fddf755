"""A page's text and tree, parsed once for all who read it."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree, html
from lxml.html import HtmlElement

from crawlers.pages import Page


@dataclass(frozen=True)
class Markup:
    """A page with its decoded text and the tree made of it, without comments."""

    page: Page
    text: str
    tree: HtmlElement


def parse(page: Page, text: str) -> Markup | None:
    """The tree of a page's text, None when there is nothing to parse."""
    tree = parse_tree(text)
    return Markup(page, text, tree) if tree is not None else None


def parse_tree(text: str) -> HtmlElement | None:
    """The tree of a page or a piece of HTML, None when there is nothing in it."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
