"""A fetched page and its identity: the canonical URL and the id made of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# Parameters that name a campaign or a share button, not a page.
_TRACKING = ("utm_", "fbclid", "gclid", "zarsrc", "vn_source", "vn_medium", "vn_campaign")


@dataclass(frozen=True)
class Page:
    """One response as it was saved; `body` is the decoded payload in the server's own charset."""

    url: str
    source: str
    fetched_at: datetime
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def id(self) -> str:
        """The id of the page's canonical URL."""
        return url_id(self.url)


def canonical_url(url: str) -> str:
    """One spelling a page: lower-case host, no default port, fragment or tracking parameter, sorted query.

    The rest of the query stays: portals keep the document's number there (`?ItemID=…`). Only a fragment that
    names a comment (`#comment-…`) is part of the identity.
    """
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").lower()
    if parts.port and parts.port != {"http": 80, "https": 443}.get(parts.scheme):
        host = f"{host}:{parts.port}"
    query = sorted(
        (k, v)
        for k, v in parse_qsl(parts.query, keep_blank_values=True)
        if not k.lower().startswith(_TRACKING)
    )
    fragment = parts.fragment if parts.fragment.startswith("comment-") else ""
    return urlunsplit((parts.scheme.lower(), host, parts.path or "/", urlencode(query), fragment))


def url_id(url: str) -> str:
    """The document id of a URL: 24 hex digits of the SHA-256 of its canonical form."""
    return hashlib.sha256(canonical_url(url).encode()).hexdigest()[:24]
