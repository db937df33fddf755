"""What is remembered of a crawl, read out of the pages that it saved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from parsel import Selector

from crawlers.charset import decode
from crawlers.comment_api import comment_ids, page_title
from crawlers.pages import Page
from crawlers.refusals import refusal
from crawlers.source import Source
from crawlers.state import Seen
from crawlers.threads import thread_url

_LISTS = frozenset(("feed", "sitemap", "listing"))
_PAGES = frozenset(("article", "thread"))
_GONE = frozenset((404, 410))


def remembered(
    pages: Iterable[Page], source: Source, *, complete: bool, unfinished: Collection[str] = ()
) -> Iterator[Seen]:
    """One Seen for every page that needs no second fetch, and for every list that was read.

    `complete` says that nothing a list led to was left: only then may it answer "not modified" next time.
    Of a thread one row is kept, with the last page that was fetched; none of those in `unfinished`.
    """
    for page in pages:
        role = page.headers.get("x-langnghe-role", "")
        done = page.status == 200 or (role in _PAGES and page.status in _GONE)
        if not done or refusal(page.status, page.headers.get("content-type", ""), page.body):
            continue
        if role in _LISTS:
            yield _list(page, role, complete=complete)
        elif role == "thread" and (thread := thread_url(page.url)) not in unfinished:
            yield _page(page, role, source).model_copy(update={"url": thread, "last_url": page.url})
        elif role == "article":
            seen = _page(page, role, source)
            yield seen
            # The address that was asked for, where it led elsewhere: lists will tell it again.
            if (asked := page.headers.get("x-langnghe-asked", page.url)) != page.url:
                yield seen.model_copy(update={"url": asked, "comment_ids": {}})


def _list(page: Page, role: str, *, complete: bool) -> Seen:
    headers = page.headers if complete else {}
    return Seen(
        url=page.url,
        role=role,
        fetched_at=page.fetched_at,
        etag=headers.get("etag", ""),
        last_modified=headers.get("last-modified", ""),
    )


def _page(page: Page, role: str, source: Source) -> Seen:
    ids, title = {}, ""
    if source.crawl.comments and page.status == 200 and (text := decode(page)):
        selector = Selector(text=text)
        ids, title = comment_ids(source.crawl.comments, selector, page.url), page_title(selector)
    return Seen(
        url=page.url,
        role=role,
        fetched_at=page.fetched_at,
        published_at=_time(page.headers.get("x-langnghe-published", "")),
        changed_at=_time(page.headers.get("x-langnghe-changed", "")),
        title=title,
        comment_ids=ids,
    )


def _time(text: str) -> datetime | None:
    """An aware time in ISO 8601, or None."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None
