"""What extraction puts out: an article, a post, a comment, or a named reject. No author is kept in any."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crawlers.pages import url_id

Precision = Literal["second", "minute", "day"]


class _Found(BaseModel):
    model_config = ConfigDict(frozen=True)

    source: str
    url: str
    fetched_at: AwareDatetime
    published_at: AwareDatetime
    published_precision: Precision
    published_from: str
    """Where the time was read: `json-ld`, `meta`, `time`, `visible`, `feed`, `api`, `relative`."""

    @property
    def id(self) -> str:
        """The id of the canonical URL."""
        return url_id(self.url)


class Article(_Found):
    """A news article or a portal's notice."""

    kind: Literal["article"] = "article"
    title: str
    lead: str = ""
    paragraphs: tuple[str, ...]
    section: str = ""

    @property
    def text(self) -> str:
        """Lead and paragraphs, a blank line between."""
        return "\n\n".join(filter(None, (self.lead, *self.paragraphs)))


class Post(Article):
    """What opens a forum thread or stands on a public page."""

    kind: Literal["post"] = "post"  # type: ignore[assignment]


class Comment(_Found):
    """A reader's comment or a reply in a thread; `url` is the parent's with `#comment-<id>`."""

    kind: Literal["comment"] = "comment"
    parent_url: str
    parent_title: str
    text: str
    likes: int = 0


class Rejected(BaseModel):
    """An input that gave no item, with the name it is counted under."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["rejected"] = "rejected"
    source: str
    url: str
    reason: str
    detail: str = ""
    fetched_at: datetime | None = None


Item = Annotated[Article | Post | Comment, Field(discriminator="kind")]
Outcome = Annotated[Article | Post | Comment | Rejected, Field(discriminator="kind")]
