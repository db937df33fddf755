"""A page of a forum thread to its opening post and its replies; who wrote them is not read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from lxml.html import HtmlElement

from crawlers.blocks import read_blocks
from crawlers.dates import Moment, from_epoch, is_future, parse_date
from crawlers.families import first, found
from crawlers.items import Comment, Outcome, Post
from crawlers.markup import Markup
from crawlers.pages import Page, canonical_url
from crawlers.rejects import Reason, reject
from crawlers.structured import clean, is_home

_NUMBER = re.compile(r"(\d+)\D*$")
_LATER_PAGE = re.compile(
    r"/page-?(?:[2-9]|[1-9]\d+)(?:/|$)|[?&](?:page|trang)=(?:[2-9]|[1-9]\d+)|[?&]start=[1-9]|/page(?:[2-9]|[1-9]\d+)\b"
)
_PAGE = re.compile(r"/page-?\d+/?$|(?:^|&)(?:page|start|trang|s|sid)=[^&]*")
_OTHERS = re.compile(r"(\d+)\s+(?:người khác|others?)", re.I)


@dataclass(frozen=True)
class Forum:
    """Where a forum software keeps a thread's parts (CSS), and the words in a page's source that tell it."""

    name: str
    signs: tuple[str, ...]
    message: str
    text: tuple[str, ...]
    time: tuple[str, ...]
    title: tuple[str, ...]
    section: tuple[str, ...]
    drop: tuple[str, ...] = ()
    likes: tuple[str, ...] = ()


FORUMS = (
    Forum(
        "xenforo2",
        ("bbWrapper",),
        "article.message[data-content^=post-], div.message[data-content^=post-]",
        (".message-body .bbWrapper", ".bbWrapper"),
        ("time.u-dt", "time[datetime]"),
        ("h1.p-title-value",),
        (".p-breadcrumbs li:last-child a", ".p-breadcrumbs a"),
        ("blockquote", ".bbCodeBlock--quote", ".js-unfurl", ".message-signature", ".bbCodeBlock-expandLink"),
        ("a.reactionsBar-link",),
    ),
    Forum(
        "xenforo1",
        ("messageText",),
        "li.message[id^=post-]",
        (".messageText",),
        ("abbr.DateTime", "span.DateTime"),
        (".titleBar h1", "h1"),
        (".breadcrumb .crust:last-child a", ".breadcrumb a"),
        ("blockquote.quoteContainer", ".bbCodeQuote", ".quoteExpand", ".signature"),
        (".LikeText",),
    ),
    Forum(
        "vbulletin",
        ("postcontainer", "postbit", "post_message_"),
        "li.postcontainer, li.postbit, li.postbitlegacy, table[id^=post]",
        (".postcontent", "[id^=post_message_]"),
        (".postdate .date", ".postdate", "td.thead"),
        (".threadtitle", "h1", "td.navbar strong"),
        (".navbit a", ".navbar a"),
        (".bbcode_container", ".bbcode_quote", ".quote", "div[style*='margin:20px']"),
    ),
    Forum(
        "discourse",
        ("crawler-post", "topic-body"),
        "div.crawler-post, div.topic-body[id^=post_], article[data-post-id]",
        (".post[itemprop]", ".post", ".cooked"),
        ("time.post-time", "time[datetime]"),
        ("#topic-title h1", "h1"),
        (".topic-category a", "#topic-title .badge-category__name"),
        ("aside.quote", "blockquote"),
    ),
    Forum(
        "phpbb",
        ("phpbb", "postbody"),
        "div.post[id^=p]",
        (".postbody .content", ".content"),
        ("p.author time", "p.author"),
        ("h2.topic-title", "h2", "h1"),
        ("#nav-breadcrumbs a", ".breadcrumbs a", ".navlinks a"),
        ("blockquote", ".signature"),
    ),
    Forum(
        "smf",
        ("simplemachines", "post_wrapper"),
        "div.post_wrapper",
        (".post .inner", ".inner"),
        (".keyinfo .smalltext", ".postinfo .smalltext"),
        ("#forumposts h3", "h1"),
        (".navigate_section a",),
        ("blockquote", ".quoteheader", ".signature"),
    ),
)


def forum_of(markup: Markup) -> Forum | None:
    """The forum software whose messages stand on a page; a page that only lists threads has none."""
    signed = (forum for forum in FORUMS if any(sign in markup.text for sign in forum.signs))
    return next((forum for forum in signed if next(_messages(markup.tree, forum), None) is not None), None)


@dataclass(frozen=True)
class _Thread:
    """What all messages of a page share."""

    page: Page
    forum: Forum
    url: str
    title: str
    section: str


def read_thread(markup: Markup, forum: Forum) -> list[Outcome]:
    """The opening post (on a thread's first page) and the replies, each removed or empty one rejected."""
    page, tree = markup.page, markup.tree
    title = _title(tree, forum)
    if not title:
        return [reject(page, Reason.NO_TITLE)]
    names = (clean(element.text_content()) for element in found(tree, forum.section))
    section = next((name for name in names if not is_home(name)), "")
    thread = _Thread(page, forum, thread_url(page.url), title, section)
    first_page = not _LATER_PAGE.search(page.url)
    messages = enumerate(_messages(tree, forum))
    return [_read(thread, message, opens=first_page and position == 0) for position, message in messages]


def thread_url(url: str) -> str:
    """The URL of a thread's first page, whichever page of it or post in it is given."""
    parts = urlsplit(canonical_url(url))
    path = re.sub(r"/(?:post|unread|latest)(?:-\d+)?/?$", "/", _PAGE.sub("/", parts.path))
    return canonical_url(
        urlunsplit((parts.scheme, parts.netloc, path, _PAGE.sub("", parts.query).strip("&"), ""))
    )


def _messages(tree: HtmlElement, forum: Forum) -> Iterator[HtmlElement]:
    return found(tree, (forum.message,))


def _title(tree: HtmlElement, forum: Forum) -> str:
    """The thread's title without the coloured label that some forums put before it."""
    element = first(tree, forum.title)
    if element is None:
        return ""
    blocks = read_blocks(element, dropped=list(found(element, ("[class*=label]", ".prefix"))))
    return " ".join(block.text for block in blocks)


def _read(thread: _Thread, message: HtmlElement, *, opens: bool) -> Outcome:
    """A message as the opening post or as a reply to it."""
    page = thread.page
    url = thread.url if opens else f"{thread.url}#comment-{_number(message)}"
    paragraphs = _paragraphs(message, thread.forum)
    if "deleted" in (message.get("class") or "").lower():
        return reject(page, Reason.DELETED, "removed", url)
    if not paragraphs:
        return reject(page, Reason.DELETED, "no words of its own", url)
    moment = _time(page, message, thread.forum)
    if moment is None:
        return reject(page, Reason.NO_DATE, url=url)
    if is_future(moment.at, page.fetched_at):
        return reject(page, Reason.FUTURE_DATE, moment.at.isoformat(), url)
    shared: dict[str, Any] = {
        "source": page.source,
        "url": url,
        "fetched_at": page.fetched_at,
        "published_at": moment.at,
        "published_precision": moment.precision,
        "published_from": "time",
    }
    if opens:
        return Post(**shared, title=thread.title, paragraphs=paragraphs, section=thread.section)
    text, likes = "\n".join(paragraphs), _likes(message, thread.forum)
    return Comment(**shared, parent_url=thread.url, parent_title=thread.title, text=text, likes=likes)


def _number(message: HtmlElement) -> str:
    for name in ("data-content", "data-post-id", "id"):
        if match := _NUMBER.search(message.get(name) or ""):
            return match[1]
    inner = next((match for el in message.iter() if (match := _NUMBER.search(el.get("id") or ""))), None)
    return inner[1] if inner else "0"


def _paragraphs(message: HtmlElement, forum: Forum) -> tuple[str, ...]:
    element = first(message, forum.text)
    if element is None:
        return ()
    blocks = read_blocks(element, dropped=list(found(element, forum.drop)))
    return tuple(block.text for block in blocks if any(char.isalnum() for char in block.text))


def _time(page: Page, message: HtmlElement, forum: Forum) -> Moment | None:
    for element in found(message, forum.time):
        for name in ("data-time", "data-timestamp"):
            if (epoch := element.get(name) or "").isdigit():
                return from_epoch(int(epoch))
        for text in (element.get("datetime"), element.get("title"), element.text_content()):
            if text and (moment := parse_date(text, page.fetched_at)):
                return moment
    return None


def _likes(message: HtmlElement, forum: Forum) -> int:
    """How many reacted: the names that a bar shows are counted and not read, `và 12 người khác` is added."""
    bar = first(message, forum.likes)
    if bar is None:
        return 0
    others = _OTHERS.search(bar.text_content())
    return len(list(bar.iter("bdi"))) + (int(others[1]) if others else 0)
