"""Reader comments as sites' comment services answer: JSON, JSONP, JSON in JSON, or a piece of HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml.html import HtmlElement

from crawlers.blocks import read_blocks
from crawlers.dates import VIETNAM, Moment, from_epoch, is_future, parse_date
from crawlers.families import found
from crawlers.items import Comment, Outcome
from crawlers.markup import parse_tree
from crawlers.pages import Page, canonical_url
from crawlers.rejects import Reason, reject
from crawlers.structured import clean

_JSONP = re.compile(r"^[^{\[]*?\(\s*(?=[{\[])")
_MONTH_FIRST = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})\s+(\d{1,2}):(\d{2}):(\d{2})")
# VnExpress puts the answered reader's name first: `<span class="reply_name">@name</span>:&nbsp;`.
_ANSWERED = re.compile(
    r"<(span|b|a)\b[^>]*(?:reply[_-]?name|username-reply|myuser)[^>]*>.*?</\1>\s*:?(?:&nbsp;|\s)*", re.S
)
_MENTION = re.compile(r"^\s*@[\w.\- ]{1,40}:\s*")


@dataclass(frozen=True)
class Shape:
    """The names that one service gives to a comment's parts; the first present name counts."""

    name: str
    items: tuple[str, ...]
    """Path to the list of comments."""
    id: str
    text: str
    time: tuple[str, ...]
    likes: tuple[str, ...]
    """Counts that are added."""
    replies: tuple[str, ...]
    """Path from a comment to its replies."""


SHAPES = (
    Shape(
        "vnexpress",
        ("data", "items"),
        "comment_id",
        "content",
        ("creation_time", "time"),
        ("userlike",),
        ("replys", "items"),
    ),
    Shape(
        "vietnamnet",
        ("data", "comments"),
        "commentId",
        "commentContent",
        ("createdDate",),
        ("totalLike", "totalVeryLike", "totalHappy", "totalSurprise", "totalSad"),
        ("answers",),
    ),
    Shape(
        "tuoitre",
        ("Data",),
        "id",
        "content",
        ("published_date", "created_date"),
        ("likes",),
        ("child_comments",),
    ),
    Shape(
        "dantri",
        ("items",),
        "id",
        "content",
        ("publishedDate", "createdDate", "created_at", "date"),
        ("likeCount", "likes", "like"),
        ("replies",),
    ),
)


@dataclass(frozen=True)
class _Raw:
    """A comment before it is judged."""

    id: str
    text: str
    moment: Moment | None
    likes: int


def read_comments(page: Page, markup: str) -> list[Outcome]:
    """The comments of one response with their replies; [] for a page after the last one."""
    parent = page.headers.get("x-langnghe-parent", "")
    if not parent:
        return [reject(page, Reason.BAD_DATA, "no parent")]
    if not markup.strip():
        return []
    if markup.lstrip().startswith("<"):
        return [_judged(page, parent, raw) for raw in _from_markup(markup, page.fetched_at)]
    try:
        data = json.loads(
            _JSONP.sub("", markup.strip(), count=1).rstrip("; )\n") if _JSONP.match(markup) else markup
        )
        comments = list(_from_data(data, page.fetched_at))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return [reject(page, Reason.BAD_DATA, f"{type(error).__name__}: {error}")]
    return [_judged(page, parent, raw) for raw in comments]


def _judged(page: Page, parent: str, raw: _Raw) -> Outcome:
    parent = canonical_url(parent)
    url = f"{parent}#comment-{raw.id}"
    if not any(char.isalnum() for char in raw.text):
        return reject(page, Reason.DELETED, "no words", url)
    if raw.moment is None:
        return reject(page, Reason.NO_DATE, url=url)
    if is_future(raw.moment.at, page.fetched_at):
        return reject(page, Reason.FUTURE_DATE, raw.moment.at.isoformat(), url)
    return Comment(
        source=page.source,
        url=url,
        fetched_at=page.fetched_at,
        published_at=raw.moment.at,
        published_precision=raw.moment.precision,
        published_from="api",
        parent_url=parent,
        parent_title=clean(page.headers.get("x-langnghe-parent-title")),
        text=raw.text,
        likes=raw.likes,
    )


def _from_data(data: Any, now: datetime) -> Iterator[_Raw]:
    """The comments in a JSON answer; KeyError when it has the shape of no known service."""
    for shape in SHAPES:
        items = _at(data, shape.items)
        if isinstance(items, list) and (not items or shape.id in items[0]):
            # Pinned comments stand in a list of their own and, on some pages, in the main one too.
            pinned = data.get("items_pin") or _at(data, ("data", "items_pin")) or []
            yield from _unique(_walk([*pinned, *items], shape, now))
            return
    if isinstance(data, dict) and (data.get("data", ...) in (None, [], {}) or data.get("iscomment") == 0):
        return
    raise KeyError("no list of comments of a known shape")


def _unique(raws: Iterator[_Raw]) -> Iterator[_Raw]:
    seen: set[str] = set()
    for raw in raws:
        if raw.id not in seen:
            seen.add(raw.id)
            yield raw


def _walk(items: list[dict[str, Any]], shape: Shape, now: datetime) -> Iterator[_Raw]:
    for item in items:
        yield _Raw(
            str(item[shape.id]),
            _plain(str(item.get(shape.text) or "")),
            next((moment for name in shape.time if (moment := _moment(item.get(name), now))), None),
            sum(int(item.get(name) or 0) for name in shape.likes),
        )
        replies = _at(item, shape.replies)
        if isinstance(replies, list):
            yield from _walk(replies, shape, now)


def _at(value: Any, path: tuple[str, ...]) -> Any:
    """What lies at a path of keys; a string on the way that holds JSON is read."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
            value = json.loads(value)
    return value


def _moment(value: Any, now: datetime) -> Moment | None:
    if isinstance(value, int | float) or (isinstance(value, str) and value.isdigit()):
        return from_epoch(float(value)) if 5e8 < float(value) < 5e12 else None
    return parse_date(str(value), now) if value else None


def _plain(content: str) -> str:
    """A comment's words, a line a paragraph, without quotations and the answered reader's name."""
    content = _MENTION.sub("", _ANSWERED.sub("", content))
    if "<" not in content:
        return "\n".join(filter(None, map(clean, content.splitlines())))
    tree = parse_tree(content)
    if tree is None:
        return ""
    blocks = read_blocks(tree, dropped=list(found(tree, ("blockquote", ".quote"))))
    return "\n".join(block.text for block in blocks)


def _from_markup(markup: str, now: datetime) -> Iterator[_Raw]:
    """Thanh Niên's answer: `.item[data-cmid]`, replies inside, the month first in the time's title."""
    tree = parse_tree(markup)
    for item in found(tree, ("[data-cmid]",)) if tree is not None else ():
        text = _own(item, ".text-comment")
        time, likes = _own(item, ".time-ago"), _own(item, ".total-like")
        name = list(found(text, (".username-reply",))) if text is not None else []
        blocks = read_blocks(text, dropped=name) if text is not None else []
        yield _Raw(
            item.get("data-cmid"),
            "\n".join(block.text for block in blocks),
            _month_first(time, now) if time is not None else None,
            int(re.sub(r"\D", "", likes.text_content()) or 0) if likes is not None else 0,
        )


def _own(item: HtmlElement, selector: str) -> HtmlElement | None:
    """The element of this comment itself, not of a reply inside it."""
    for element in found(item, (selector,)):
        if next((above for above in element.iterancestors() if above.get("data-cmid")), None) is item:
            return element
    return None


def _month_first(time: HtmlElement, now: datetime) -> Moment | None:
    if match := _MONTH_FIRST.match(time.get("title") or ""):
        month, day, year, hour, minute, second = map(int, match.groups())
        try:
            return Moment(datetime(year, month, day, hour, minute, second, tzinfo=VIETNAM), "second")
        except ValueError:
            return None
    return parse_date(time.get("title") or time.text_content(), now)
