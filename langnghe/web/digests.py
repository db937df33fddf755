"""The stored digests, made ready for a sandboxed frame."""

from __future__ import annotations

import mimetypes
import re
from base64 import b64encode
from datetime import date
from pathlib import Path

_IMAGE = re.compile(r"""(?P<before>\bsrc=["'])(?:cid:)?(?P<name>[\w.@-]+)(?=["'])""")
_SUFFIXES = ("", ".png", ".jpg", ".svg")


def days(home: Path) -> list[date]:
    """The days that have a digest, newest first."""
    found = []
    for path in (home / "reports").glob("*/digest.html"):
        try:
            found.append(date.fromisoformat(path.parent.name))
        except ValueError:
            continue
    return sorted(found, reverse=True)


def framed(home: Path, day: date) -> str | None:
    """A day's digest with its images inside, links opening outside the frame; None where there is none.

    A sandboxed frame sends no session cookie for images, so they travel within the page.
    """
    folder = home / "reports" / day.isoformat()
    path = folder / "digest.html"
    if not path.exists():
        return None
    html = _IMAGE.sub(
        lambda found: found["before"] + _embedded(folder, found["name"]), path.read_text("utf8")
    )
    return re.sub(r"(<head[^>]*>)", r'\1<base target="_blank">', html, count=1)


def _embedded(folder: Path, name: str) -> str:
    """An image of the folder as a data address; its name as it is when there is no such file."""
    stem = name.partition("@")[0]
    for suffix in _SUFFIXES:
        path = folder / f"{stem}{suffix}"
        if path.is_file():
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            return f"data:{kind};base64,{b64encode(path.read_bytes()).decode()}"
    return name
