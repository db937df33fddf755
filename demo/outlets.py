"""The six outlets as web sites, each built the way a kind of Vietnamese site is built."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from unicodedata import normalize
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from demo.server import NOT_FOUND, Response, Site
from demo.texts import Remark, Story, Thread, stories, threads

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
LISTING_SIZE = 6
THREAD_SIZE = 10
FORUM = "chuyen-pho.1"


def slugged(text: str) -> str:
    """`Đời sống` → `doi-song`."""
    plain = normalize("NFD", text.lower().replace("đ", "d")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


@dataclass(frozen=True)
class Outlet:
    """A news site: where it stands, and how its pages look."""

    slug: str
    name: str
    port: int
    family: str
    """Its page templates: `<family>-article.html`."""
    url: Callable[[Story], str]
    anchor: datetime

    @property
    def host(self) -> str:
        """Its authority, `127.0.0.1:8801`."""
        return f"127.0.0.1:{self.port}"

    @property
    def home(self) -> str:
        """Its address without a slash at the end."""
        return f"http://{self.host}"

    @cached_property
    def stories(self) -> list[Story]:
        """Newest first."""
        return stories(self.slug, self.anchor)

    @cached_property
    def by_path(self) -> dict[str, Story]:
        """Its articles by path."""
        return {self.url(story): story for story in self.stories}

    def page(self, template: str, **values: Any) -> Response:
        """Render a page."""
        filled = _PAGES.get_template(template).render(outlet=self, published=self.published, **values)
        kind = "text/xml; charset=utf-8" if template.endswith(".xml") else "text/html; charset=utf-8"
        return Response(filled.encode(), kind)

    def published(self, dated: Story | Remark) -> datetime:
        """When it appeared."""
        return dated.published(self.anchor)

    def __call__(self, path: str) -> Response:
        """Answer a request."""
        if path == "/robots.txt":
            rules = f"User-agent: *\nDisallow: /quan-tri/\nSitemap: {self.home}/sitemap-news.xml\n"
            return Response(rules.encode(), "text/plain; charset=utf-8")
        if story := self.by_path.get(path):
            return self.page(f"{self.family}-article.html", story=story)
        if path == "/rss/home.rss":
            return self.page("feed.xml", rfc822=format_datetime)
        if path == "/sitemap-news.xml":
            return self.page("sitemap.xml")
        return self.other(path)

    def other(self, path: str) -> Response:
        """Lists, and what only this kind of site has."""
        url = urlsplit(path)
        if url.path in ("/", "/tin-tuc/"):
            number = int(parse_qs(url.query).get("page", ["1"])[0])
            shown = self.stories[(number - 1) * LISTING_SIZE : number * LISTING_SIZE]
            more = number * LISTING_SIZE < len(self.stories)
            return self.page("listing.html", shown=shown, number=number, more=more)
        if url.path == "/api/comments":
            return self._comments({key: values[0] for key, values in parse_qs(url.query).items()})
        return NOT_FOUND

    def _comments(self, asked: dict[str, str]) -> Response:
        story = next((s for s in self.stories if str(s.id) == asked.get("object_id")), None)
        if story is None:
            return NOT_FOUND
        first, size = int(asked.get("offset", 0)), int(asked.get("limit", 24))
        shown = [self._comment(remark, story.id, 0) for remark in story.comments[first : first + size]]
        replies = sum(len(remark.replies) for remark in story.comments)
        data = {"total": len(story.comments), "totalitem": len(story.comments) + replies, "items": shown}
        answer = {"error": 0, "errorDescription": "", "iscomment": 1, "data": data}
        return Response(json.dumps(answer, ensure_ascii=False).encode(), "application/json; charset=utf-8")

    def _comment(self, remark: Remark, story: int, parent: int) -> dict[str, Any]:
        replies = [self._comment(reply, story, remark.id) for reply in remark.replies]
        return {
            "comment_id": remark.id,
            "parent_id": parent,
            "article_id": story,
            "content": remark.text.replace("\n", "<br />"),
            "full_name": remark.author,
            "creation_time": int(self.published(remark).timestamp()),
            "userlike": remark.likes,
            "replys": {"total": len(replies), "items": replies} if replies else {},
        }


@dataclass(frozen=True)
class Forum(Outlet):
    """A XenForo-like forum."""

    @cached_property
    def threads(self) -> Sequence[Thread]:
        """Latest activity first."""
        return sorted(threads(self.slug), key=lambda t: self.published(t.posts[-1]), reverse=True)

    def __call__(self, path: str) -> Response:
        """Answer a request."""
        if path == "/robots.txt":
            return Response(b"User-agent: *\nDisallow: /members/\nCrawl-delay: 0.2\n", "text/plain")
        if path in ("/", f"/forums/{FORUM}/"):
            return self.page("forum.html", forum=FORUM)
        match = re.fullmatch(r"/threads/[\w-]+\.(\d+)/(?:page-(\d+))?", path)
        thread = next((t for t in self.threads if match and t.id == int(match[1])), None)
        if thread is None or match is None:
            return NOT_FOUND
        number, pages = int(match[2] or 1), -(-len(thread.posts) // THREAD_SIZE)
        shown = thread.posts[(number - 1) * THREAD_SIZE : number * THREAD_SIZE]
        return self.page("thread.html", thread=thread, shown=shown, number=number, pages=pages)


def outlets(anchor: datetime) -> list[Outlet]:
    """The demonstration's outlets as they stand at `anchor` (aware, Vietnam time)."""

    def post(story: Story) -> str:
        return f"/{slugged(story.section)}/{story.slug}-post{story.id}.html"

    def item(story: Story) -> str:
        return f"/tin-tuc/chi-tiet?ItemID={story.id}"

    return [
        Outlet("demo_baosonghan", "Báo Sông Hàn (minh họa)", 8801, "epi", post, anchor),
        Outlet("demo_datquang", "Đất Quảng Nhật báo (minh họa)", 8802, "onecms", post, anchor),
        Outlet(
            "demo_nguhanh",
            "Truyền hình Ngũ Hành (minh họa)",
            8803,
            "video",
            lambda story: f"/video/{story.slug}-{story.id}.html",
            anchor,
        ),
        Outlet("demo_cong", "Cổng tin thành phố (minh họa)", 8804, "portal", item, anchor),
        Outlet(
            "demo_bachdang",
            "Tin nhanh Bạch Đằng (minh họa)",
            8805,
            "vne",
            lambda story: f"/{story.slug}-{story.id}.html",
            anchor,
        ),
        Forum("demo_diendan", "Diễn đàn Người Sông Hàn (minh họa)", 8806, "forum", lambda s: s.slug, anchor),
    ]


def sites(anchor: datetime) -> dict[str, Site]:
    """The outlets by their host, for the server."""
    return {outlet.host: outlet for outlet in outlets(anchor)}
