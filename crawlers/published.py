"""When an article was published: of all the dates on a page, the one to believe."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta

from lxml import etree
from lxml.html import HtmlElement

from crawlers.datelines import find_date
from crawlers.dates import Moment, is_future, parse_date
from crawlers.families import found
from crawlers.markup import Markup
from crawlers.pages import Page
from crawlers.structured import Facts, clean

_TIMES = etree.XPath(".//time[@datetime]")
_URL_DATES = (
    re.compile(r"/(20\d{2})/(\d{1,2})/(\d{1,2})/"),
    # Sites of the CNND family number their articles by the second of their making.
    re.compile(r"-(20\d{2})(\d{2})(\d{2})\d{6,10}\.\w+$"),
)
_LIED = timedelta(hours=7)

Found = tuple[Moment, str]
"""A time and where it was read."""


def find_published(
    markup: Markup,
    facts: Facts,
    selectors: Sequence[str],
    title: HtmlElement | None,
    body: HtmlElement | None,
) -> Found | None:
    """The time of publication: data for machines, else what readers see, the feed, the URL."""
    page = markup.page
    stated = _stated(page, facts)
    if stated and not _is_doubtful(stated[0], facts):
        return stated
    seen = (
        _selected(markup, selectors)
        or _timed(page, title)
        or find_date(markup.tree, title, body, page.fetched_at)
    )
    if stated:
        return _better(stated, seen)
    return seen or _from_feed(page) or _from_url(page)


def _stated(page: Page, facts: Facts) -> Found | None:
    """The first stated time that is not in the future; a future one when there is no other."""
    moments = [
        (moment, origin)
        for origin, text in facts.published
        if (moment := parse_date(text, page.fetched_at)) is not None
    ]
    past = [found for found in moments if not is_future(found[0].at, page.fetched_at)] or moments
    # Tuổi Trẻ's JSON-LD cuts the seconds that its meta tag has (2026-03).
    same = [found for found in past if found[0].at.replace(second=0) == past[0][0].at]
    return max(same, key=lambda found: found[0].at.second, default=next(iter(past), None))


def _is_doubtful(moment: Moment, facts: Facts) -> bool:
    """Whether only a day is known, or the offset says UTC, which some servers write of local time."""
    raw = facts.published[0][1]
    return moment.at.strftime("%H%M%S") == "000000" or raw.rstrip().endswith(("Z", "+00:00", "+0000"))


def _better(stated: Found, seen: Found | None) -> Found:
    if seen is None or seen[0].precision == "day":
        midnight = stated[0].at.strftime("%H%M%S") == "000000"
        return (Moment(stated[0].at, "day"), stated[1]) if midnight else stated
    shift = stated[0].at.replace(second=0) - seen[0].at.replace(second=0)
    same_day = stated[0].at.date() == seen[0].at.date() and stated[0].at.strftime("%H%M") == "0000"
    return seen if shift == _LIED or same_day else stated


def _selected(markup: Markup, selectors: Iterable[str]) -> Found | None:
    for element in found(markup.tree, selectors):
        for text in (
            element.get("datetime"),
            element.get("content"),
            element.get("title"),
            element.text_content(),
        ):
            if text and (moment := parse_date(clean(text)[:200], markup.page.fetched_at)):
                return moment, "time" if text == element.get("datetime") else "visible"
    return None


def _timed(page: Page, title: HtmlElement | None) -> Found | None:
    """A `time` element in a box with the title."""
    for above in list(title.iterancestors())[:3] if title is not None else []:
        times = _TIMES(above)
        if len(times) > 3:
            return None
        for element in times:
            if moment := parse_date(element.get("datetime"), page.fetched_at):
                return moment, "time"
    return None


def _from_feed(page: Page) -> Found | None:
    moment = parse_date(page.headers.get("x-langnghe-published", ""), page.fetched_at)
    return (moment, "feed") if moment else None


def _from_url(page: Page) -> Found | None:
    for pattern in _URL_DATES:
        if match := pattern.search(page.url):
            moment = parse_date("-".join(match.groups()), page.fetched_at)
            return (Moment(moment.at, "day"), "url") if moment else None
    return None
