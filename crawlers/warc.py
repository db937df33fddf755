"""Raw pages on disk: WARC files, one gzip member a record, so that a cut file is whole up to its last record.

Beside the standard's fields a record carries what the crawl knew about the page and the page does not say,
as `WARC-Langnghe-<Name>`; after reading they stand among the page's headers as `x-langnghe-<name>`.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any, cast

import brotli  # type: ignore[import-untyped]
from backports import zstd
from warcio.bufferedreaders import ChunkedDataReader
from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawlers.pages import Page

_NOTE, _HEADER = "WARC-Langnghe-", "x-langnghe-"
_SECRET = frozenset(("set-cookie", "set-cookie2", "cookie", "authorization", "proxy-authorization"))
# The body is stored as it came through, without the connection's own framing.
_FRAMING = frozenset(("transfer-encoding", "connection", "keep-alive"))


class TruncatedWarc(Exception):  # noqa: N818
    """A WARC file ends in the middle of a record; `count` pages before it were whole."""

    def __init__(self, path: Path, count: int) -> None:
        super().__init__(f"{path}: cut off after {count} whole pages")
        self.count = count


class PageWriter:
    """Appends responses to a WARC file; each one is handed to the operating system before the next."""

    def __init__(self, path: Path, source: str, agent: str) -> None:
        self._file = path.open("wb")
        self._source = source
        self._writer = WARCWriter(self._file, gzip=True)
        info = {"software": agent, "format": "WARC File Format 1.1", "isPartOf": source}
        self._writer.write_record(self._writer.create_warcinfo_record(path.name, info))

    def write(  # noqa: PLR0913 - a response has this many parts
        self,
        url: str,
        status: int,
        *,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        at: datetime,
        notes: Mapping[str, str],
    ) -> None:
        """Append a response with its body as it came, compressed or not; cookies are left out."""
        kept = [
            (name, value)
            for name, value in headers
            if name.isascii() and name.lower() not in _SECRET | _FRAMING | {"content-length"}
        ]
        kept.append(("Content-Length", str(len(body))))
        fields = {"WARC-Date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        for name, value in {"source": self._source, **notes}.items():
            if value:
                fields[_NOTE + name.title()] = " ".join(value.split())
        record = self._writer.create_warc_record(
            url,
            "response",
            payload=BytesIO(body),
            http_headers=StatusAndHeaders(f"{status} -", kept, protocol="HTTP/1.1"),
            warc_headers_dict=fields,
        )
        self._writer.write_record(record)
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_pages(path: Path, source: str = "") -> Iterator[Page]:
    """The HTTP responses of a WARC file of ours or another's, in its order, their bodies decompressed.

    `source` is the slug for records that carry none. Raises TruncatedWarc after the last whole page.
    """
    count, loader = 0, ArcWarcRecordLoader()
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        try:
            for record in _records(cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if zipped else raw):
                page = _page(loader.parse_record_stream(BytesIO(record)), source)
                if page is not None:
                    yield page
                    count += 1
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise TruncatedWarc(path, count) from error


def _records(file: IO[bytes]) -> Iterator[bytes]:
    """Each whole record; EOFError where the file ends inside one."""
    # warcio's own iterator takes the beginning of a cut record for a record.
    while line := file.readline():
        if not line.strip():
            continue
        head = [line]
        while line.strip():
            line = file.readline()
            head.append(line)
            if not line:
                raise EOFError("inside a record's header")
        length = next((int(each[15:]) for each in head if each.lower().startswith(b"content-length:")), 0)
        body = file.read(length)
        if len(body) < length:
            raise EOFError("inside a record's body")
        yield b"".join(head) + body


def _page(record: Any, source: str) -> Page | None:
    """A record as a page; None for requests, revisits, DNS answers, metadata."""
    http, fields = record.http_headers, record.rec_headers
    if record.rec_type != "response" or http is None:
        return None
    headers = {name.lower(): value for name, value in http.headers}
    for name, value in fields.headers:
        if name.lower().startswith(_NOTE.lower()):
            headers[_HEADER + name[len(_NOTE) :].lower()] = value
    return Page(
        url=fields.get_header("WARC-Target-URI").strip("<>"),  # wget up to 1.19 writes brackets
        source=headers.pop(f"{_HEADER}source", source),
        fetched_at=datetime.fromisoformat(fields.get_header("WARC-Date")),
        status=int(http.get_statuscode()),
        headers=headers,
        body=_body(record, headers),
    )


def _body(record: Any, headers: Mapping[str, str]) -> bytes:
    """The decompressed payload, or the payload as it is where it does not decompress."""
    # warcio's own decoding fails with brotli 1.2 (`unused_data`) and knows no zstd.
    chunked = headers.get("transfer-encoding", "").lower() == "chunked"
    stream = ChunkedDataReader(record.raw_stream) if chunked else record.raw_stream
    body: bytes = stream.read()
    for encoding in reversed(headers.get("content-encoding", "").lower().split(",")):
        decode = _DECODERS.get(encoding.strip())
        if decode is None:
            return body
        try:
            body = decode(body)
        except (zlib.error, brotli.error, zstd.ZstdError):
            return body
    return body


def _inflate(body: bytes) -> bytes:
    """Deflate with or without its zlib header: servers send both under one name."""
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, -zlib.MAX_WBITS)


def _gunzip(body: bytes) -> bytes:
    return zlib.decompressobj(31).decompress(body)


_DECODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": brotli.decompress,
    "zstd": zstd.decompress,
}
