"""Bytes of a page to text: what the bytes are counts more than what the server says they are."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from crawlers.pages import Page

_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]+)""", re.I)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w-]+)""", re.I)
_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w-]+)", re.I)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# UTF-8 of "ế", "ạ" … read as Windows-1252: no Vietnamese or French text holds these pairs.
_MOJIBAKE = re.compile("á[»º][\u0080-\u00ff\u0152-\u02dc\u2013-\u2122]")
# What Vietnamese servers send as Latin-1 is nearly always the Vietnamese code page.
_MEANT = {"iso-8859-1": "cp1258", "latin-1": "cp1258", "windows-1252": "cp1258", "us-ascii": "cp1258"}


def decode(page: Page) -> str | None:
    """The text of a page without control characters, or None when no charset fits its bytes."""
    body = page.body
    for charset in _candidates(page):
        try:
            text = body.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
        return _CONTROL.sub("", _unmangled(text))
    text = body.decode("utf-8", errors="replace")
    if text.count("\ufffd") > len(text) / 500:
        return None
    return _CONTROL.sub("", text.replace("\ufffd", ""))


def _candidates(page: Page) -> Iterator[str]:
    for bom, charset in _BOMS:
        if page.body.startswith(bom):
            yield charset
    yield "utf-8"
    named = _HEADER.search(page.headers.get("content-type", ""))
    if named:
        yield _MEANT.get(named[1].lower(), named[1])
    for pattern in (_XML, _META):
        if found := pattern.search(page.body[:4096]):
            charset = found[1].decode("ascii", "replace")
            # A page whose bytes are not UTF-8 although it says so has a few broken ones, not another charset.
            if charset.lower().replace("-", "") != "utf8":
                yield _MEANT.get(charset.lower(), charset)


def _unmangled(text: str) -> str:
    """Undo one round of UTF-8 read as Windows-1252."""
    if len(_MOJIBAKE.findall(text[:200_000])) < 5:
        return text
    data = bytearray()
    for char in text:
        try:
            data += char.encode("cp1252")
        except UnicodeEncodeError:
            if ord(char) > 255:
                return text
            data.append(ord(char))
    return data.decode("utf-8", errors="replace")
