"""The names of what goes wrong between us and a site, and how a refusal that looks like a page is told."""

from __future__ import annotations

import re

from lxml import etree, html

from crawlers.gate import is_blocked, visible_text

_SMALL = 60_000
"""Only pages up to so many bytes are looked at: refusals are small."""
_CAPTCHA = re.compile(r"captcha|verify you are (?:a )?human|bạn không phải là (?:robot|người máy)", re.I)
_FAILURES = {
    "DownloadConnectionRefusedError": "connection_refused",
    "CannotResolveHostError": "dns",
    "DownloadTimeoutError": "timeout",
    "DownloadCancelledError": "too_large",
    "DownloadFailedError": "connection_failed",
    "ConnectError": "connection_failed",
    "ConnectionDone": "connection_failed",
    "ConnectionLost": "connection_failed",
    "TunnelError": "proxy",
    "ResponseDataLossError": "cut_off",
    "UnsupportedURLSchemeError": "bad_url",
}


def refusal(status: int, content_type: str, body: bytes) -> str:
    """The name of the refusal that a decompressed response is, or ""."""
    if status in {401, 403, 429, 503}:
        return f"http_{status}"
    if status != 200 or len(body) > _SMALL or "html" not in content_type.lower():
        return ""
    markup = body.decode("utf8", "replace")
    try:
        visible = visible_text(html.fromstring(markup))
    except (etree.LxmlError, ValueError):
        return ""
    if not is_blocked(markup, visible):
        return ""
    return "captcha" if _CAPTCHA.search(visible) else "blocked_page"


def failure(error: BaseException) -> str:
    """The name of a download's failure; `crawler_error` for an error that is our own."""
    told = f"{error} {error!r} {error.__cause__!r}".lower()
    if "ssl" in told or "certificate" in told:
        return "tls"
    kinds = (kind.__name__ for kind in type(error).__mro__)
    return next((_FAILURES[kind] for kind in kinds if kind in _FAILURES), "crawler_error")
