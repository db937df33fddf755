"""The date that readers see beside a title, on a page that says it nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from lxml import etree
from lxml.html import HtmlElement

from crawlers.dates import Moment, absolute_date, relative_date
from crawlers.structured import clean

_DIGITS = etree.XPath(
    "//body//text()[string-length(.) < 120 and contains(translate(., '12345678', '99999999'), '9')]"
)
_AGO_TEXT = etree.XPath("//time | //*[contains(@class,'time') or contains(@class,'date')]")
_PAGE = frozenset(("body", "html", "form"))
_HEAD = re.compile(
    r"(?:^|[\s_-])(?:site-)?(?:header|head|top|topbar|menu|nav|navbar|clock|today|banner)(?:$|[\s_-])|"
    r"date-?now|time-?now",
    re.I,
)


def find_date(
    tree: HtmlElement, title: HtmlElement | None, body: HtmlElement | None, now: datetime
) -> tuple[Moment, str] | None:
    """The visible date that stands nearest to the title, outside the body's text, with how it was written."""
    order = {element: number for number, element in enumerate(tree.iter())}
    anchor = title if title is not None else body
    start = order[anchor] if anchor is not None else 0
    boxes = [
        above for above in (anchor.iterancestors() if anchor is not None else ()) if above.tag not in _PAGE
    ][:5]
    best: tuple[float, Moment] | None = None
    for element in _dated(tree, body):
        moment = absolute_date(clean(element.text_content()), now)
        if moment is None:
            continue
        distance = float(order[element] - start)
        if distance < 0:
            # A clock in the page's head shows today; the date of an article shares a box with its title.
            shared = next((above for above in element.iterancestors() if above in boxes), None)
            near = shared is not None and not _in_head(element, shared)
            distance = -distance * 2 if near else 5000 - distance
        if moment.precision == "day":
            distance += 15
        if best is None or distance < best[0]:
            best = (distance, moment)
    if best and best[0] < 5000:
        return best[1], "visible"
    return _ago(tree, title, order, now) or ((best[1], "visible") if best else None)


def _in_head(element: HtmlElement, box: HtmlElement) -> bool:
    """Whether an element stands in a head or menu that lies in the box it shares with the title."""
    for above in (element, *element.iterancestors()):
        if above is box:
            return False
        if above.tag in {"header", "nav"} or _HEAD.search(
            f"{above.get('class') or ''} {above.get('id') or ''}"
        ):
            return True
    return False


def _dated(tree: HtmlElement, body: HtmlElement | None) -> Iterator[HtmlElement]:
    """Small elements with digits that may be a date, each widened to the line it stands in."""
    seen: set[HtmlElement] = set()
    for text in _DIGITS(tree):
        element = text.getparent()
        if element is not None and text.is_tail:
            element = element.getparent()
        for _ in range(3):
            above = element.getparent() if element is not None else None
            if above is None or above.tag in {"body", "html"} or len(clean(above.text_content())) > 90:
                break
            element = above
        if element is None or element in seen or element.tag in {"script", "style", "option"}:
            continue
        seen.add(element)
        if len(clean(element.text_content())) <= 120 and not _in_running_text(element, body):
            yield element


def _in_running_text(element: HtmlElement, body: HtmlElement | None) -> bool:
    if body is None or not any(above is body for above in element.iterancestors()):
        return any(above.tag in {"footer", "a"} for above in (element, *element.iterancestors()))
    text = clean(element.text_content())
    return len(re.sub(r"[\d\W]+", "", text)) > 30


def _ago(
    tree: HtmlElement, title: HtmlElement | None, order: dict[HtmlElement, int], now: datetime
) -> tuple[Moment, str] | None:
    start = order.get(title, 0) if title is not None else 0
    near: Iterable[HtmlElement] = (el for el in _AGO_TEXT(tree) if -30 < order.get(el, 10**6) - start < 60)
    for element in near:
        text = clean(element.text_content())
        if len(text) < 60 and (moment := relative_date(text, now)):
            return moment, "relative"
    return None
