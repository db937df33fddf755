"""The date that readers see beside a title, on a page that says it nowhere else."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from lxml import etree
from lxml.html import HtmlElement

from crawlers.dates import Moment, absolute_date, relative_date
from crawlers.structured import clean

_DIGITS = etree.XPath(
    "//body//text()[string-length(.) < 120 and contains(translate(., '12345678', '99999999'), '9')]"
)
_AGO_TEXT = etree.XPath("//time | //*[contains(@class,'time') or contains(@class,'date')]")
_FAR = 5000
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
    above = list(anchor.iterancestors()) if anchor is not None else []
    boxes = [element for element in above if element.tag not in _PAGE][:5]
    ranked = [
        (_distance(element, order[element] - start, boxes) + (15 if moment.precision == "day" else 0), moment)
        for element in _dated(tree, body, {*above, anchor})
        if (moment := _moment(element, now))
    ]
    best = min(ranked, key=lambda item: item[0], default=None)
    if best and best[0] < _FAR:
        return best[1], "visible"
    return _ago(tree, title, order, now) or ((best[1], "visible") if best else None)


def _moment(element: HtmlElement, now: datetime) -> Moment | None:
    """The date in an element, with the clock time of a short element beside it."""
    text = clean(element.text_content())
    moment = absolute_date(text, now)
    if moment is None or moment.precision != "day":
        return moment
    beside = (
        clean(each.text_content()) for each in (element.getnext(), element.getprevious()) if each is not None
    )
    wider = (absolute_date(f"{text} {other}", now) for other in beside if len(other) < 20)
    return next((found for found in wider if found and found.precision != "day"), moment)


def _distance(element: HtmlElement, distance: int, boxes: Sequence[HtmlElement]) -> int:
    """How far a date stands from the title in elements; `_FAR` for another text's or today's."""
    if _is_of_link(element, boxes):
        return _FAR + abs(distance)
    if distance >= 0:
        return distance
    # A clock in the page's head shows today; the date of an article shares a box with its title.
    shared = next((above for above in element.iterancestors() if above in boxes), None)
    return _FAR - distance if shared is None or _in_head(element, shared) else -2 * distance


def _is_of_link(element: HtmlElement, boxes: Sequence[HtmlElement]) -> bool:
    """Whether a date stands with a link that carries a title, as in lists of other articles."""
    for above in (element, *list(element.iterancestors())[:2]):
        if above in boxes or above.tag in _PAGE:
            return False
        if any(len(clean(link.text_content())) > 25 for link in above.iter("a")):
            return True
    return False


def _in_head(element: HtmlElement, box: HtmlElement) -> bool:
    """Whether an element stands in a head or menu that lies in the box it shares with the title."""
    for above in (element, *element.iterancestors()):
        if above is box:
            return False
        name = f"{above.get('class') or ''} {above.get('id') or ''}"
        if above.tag in {"header", "nav"} or _HEAD.search(name):
            return True
    return False


def _dated(
    tree: HtmlElement, body: HtmlElement | None, around: Collection[HtmlElement | None]
) -> Iterator[HtmlElement]:
    """Small elements with digits that may be a date, each widened to its line."""
    seen: set[HtmlElement] = set()
    for text in _DIGITS(tree):
        element = text.getparent()
        if element is not None and text.is_tail:
            element = element.getparent()
        for _ in range(3):
            above = element.getparent() if element is not None else None
            if above is None or above in around or len(clean(above.text_content())) > 90:
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
