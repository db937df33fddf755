"""Asking a site's comment service: which addresses, and when the answers end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from parsel import Selector

from crawlers.comments import SHAPES, Shape
from crawlers.source import CommentRules

_JSONP = re.compile(r"^[^{\[<]*?\(\s*(?=[{\[])")
# VnExpress counts a comment's replies inside `replys`, VietNamNet beside the comment.
_REPLY_COUNTS = (("replys", "total"), ("totalAnswer",))
_IDS_IN_MARKUP = re.compile(r"""data-cmid=["']?([\w-]+)""")


@dataclass(frozen=True)
class Answer:
    """One response of a comment service."""

    ids: tuple[str, ...] = ()
    """Of the comments at its top level."""
    total: int | None = None
    """Of all comments at the top level, where it is told."""
    lacking: Mapping[str, int] = field(default_factory=dict)
    """Comments that have more replies than came with them → how many came."""


def comment_ids(rules: CommentRules, page: Selector, url: str) -> dict[str, str]:
    """The values for the service's address from an article; {} where one is missing: it has no comments."""
    found = {name: _value(place, page, url) for name, place in rules.ids.items()}
    return found if all(found.values()) else {}


def _value(place: str, page: Selector, url: str) -> str:
    if place.startswith("url:"):
        match = re.search(place.removeprefix("url:"), url)
        return match[1] if match else ""
    return (page.css(place).get() or "").strip()


def page_title(page: Selector) -> str:
    """The title that readers see, for the record of what a comment answers."""
    headings = (page.css(selector).xpath("string()").get("").strip() for selector in ("h1", "title"))
    return " ".join(next(filter(None, headings), "").split())


def address(rules: CommentRules, ids: Mapping[str, str], number: int, offset: int, comment: str = "") -> str:
    """The address of the `number`th page (from 0) of an article's comments, or of one comment's replies."""
    template = rules.replies if comment else rules.url
    places = {"offset": offset, "page": rules.first_page + number, "limit": rules.limit}
    return template.format(**places, **ids, comment=comment)


def read_answer(text: str) -> Answer:
    """What a response of a known service holds; ValueError where it is of none of their shapes."""
    text = text.strip()
    if not text:
        return Answer()
    if text.startswith("<"):
        return Answer(tuple(dict.fromkeys(_IDS_IN_MARKUP.findall(text))))
    if _JSONP.match(text):
        text = _JSONP.sub("", text, count=1).rstrip("; )\n")
    data = json.loads(text)
    for shape in SHAPES:
        items = _at(data, shape.items)
        if isinstance(items, list) and all(isinstance(each, dict) and shape.id in each for each in items):
            ids = tuple(str(item[shape.id]) for item in items)
            return Answer(ids, _total(data, shape), dict(_lacking(items, shape)))
    if isinstance(data, dict) and (not data.get("data", ...) or data.get("iscomment") == 0):
        return Answer()
    raise ValueError("comments of no known shape")


def _total(data: Any, shape: Shape) -> int | None:
    """VnExpress tells it; VietNamNet's `totalComment` counts replies too and its `totalRow` only the page."""
    total = _at(data, ("data", "total")) if shape.name == "vnexpress" else None
    return total if isinstance(total, int) else None


def _lacking(items: list[dict[str, Any]], shape: Shape) -> Iterator[tuple[str, int]]:
    for item in items:
        here = _at(item, shape.replies)
        have = len(here) if isinstance(here, list) else 0
        counts = (str(_at(item, path)) for path in _REPLY_COUNTS)
        if next((int(count) for count in counts if count.isdigit()), 0) > have:
            yield str(item[shape.id]), have


def _at(value: Any, path: tuple[str, ...]) -> Any:
    """What lies at a path of keys; Tuổi Trẻ's `Data` is a string that holds JSON."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str) and value.lstrip()[:1] in {"[", "{"}:
            value = json.loads(value)
    return value
