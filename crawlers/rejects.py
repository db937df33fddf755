"""Every name under which a page or a comment is rejected, and what it means."""

from __future__ import annotations

from enum import StrEnum

from crawlers.items import Rejected
from crawlers.pages import Page


class Reason(StrEnum):
    """Why an input gave no item; counted under this name, never renamed."""

    NOT_ARTICLE = "not_article"
    """A home, section, search or tag page, a file or an error page: nothing to read for itself."""
    EMPTY_PAGE = "empty_page"
    """No text without running scripts, or no bytes at all."""
    BLOCKED_PAGE = "blocked_page"
    """The server refused or sent a captcha, challenge or firewall page."""
    PAYWALL = "paywall"
    """Only a beginning is shown to readers who do not pay."""
    BAD_ENCODING = "bad_encoding"
    """No charset makes text of the bytes."""
    BAD_DATA = "bad_data"
    """A comment response that cannot be read, or does not say what it answers."""
    NO_TITLE = "no_title"
    """An article without a title."""
    NO_DATE = "no_date"
    """No time of publication in data, text, feed or URL."""
    FUTURE_DATE = "future_date"
    """Published after it was fetched."""
    TOO_SHORT = "too_short"
    """Less text than a short news item has."""
    NOT_VIETNAMESE = "not_vietnamese"
    """Written in another language, or without any diacritics."""
    DELETED = "deleted"
    """A comment or post that was removed or holds no words of its own."""


def reject(page: Page, reason: Reason, detail: str = "", url: str = "") -> Rejected:
    """The named reject of a page, or of a part of it that has its own URL."""
    return Rejected(
        source=page.source, url=url or page.url, reason=reason, detail=detail, fetched_at=page.fetched_at
    )
