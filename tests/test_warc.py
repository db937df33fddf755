"""Pages go into a WARC file and come out the same; a cut file says so."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
from backports import zstd
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawlers.pages import Page
from crawlers.warc import PageWriter, TruncatedWarc, read_pages

AT = datetime(2026, 11, 23, 2, 15, 0, 123456, tzinfo=UTC)
TEXT = "Người dân Đà Nẵng phản ánh ngập ".encode() * 40


def written(path: Path, bodies: list[tuple[str, bytes]]) -> Path:
    writer = PageWriter(path, "dng_mau", "LangNghe/0")
    for number, (encoding, body) in enumerate(bodies):
        headers = [("Content-Type", "text/html"), ("Set-Cookie", "id=1"), ("X-Tên", "có dấu")]
        if encoding:
            headers.append(("Content-Encoding", encoding))
        notes = {"role": "article", "parent-title": "Ngập ở\n Hòa Khánh"}
        writer.write(f"https://bao.example/{number}", 200, headers=headers, body=body, at=AT, notes=notes)
    writer.close()
    return path


def deflated(body: bytes) -> bytes:
    return zlib.compress(body)[2:-4]


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("", bytes),
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", deflated),
        ("br", brotli.compress),
        ("zstd", zstd.compress),
        ("GZIP", gzip.compress),
        ("br, gzip", lambda body: gzip.compress(brotli.compress(body))),
    ],
)
def test_a_page_comes_out_as_it_went_in(
    tmp_path: Path, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    path = written(tmp_path / "pages.warc.gz", [(encoding, pack(TEXT))])
    (page,) = read_pages(path)
    assert (page.url, page.source, page.fetched_at) == ("https://bao.example/0", "dng_mau", AT)
    assert (page.status, page.body) == (200, TEXT)
    assert page.headers["content-type"] == "text/html"
    assert page.headers["x-langnghe-role"] == "article"
    assert page.headers["x-langnghe-parent-title"] == "Ngập ở Hòa Khánh"


def test_no_cookie_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path / "pages.warc.gz", [("", TEXT)])
    assert b"set-cookie" not in gzip.decompress(path.read_bytes()).lower()


def test_a_body_that_does_not_decompress_is_kept_as_it_is(tmp_path: Path) -> None:
    (page,) = read_pages(written(tmp_path / "pages.warc.gz", [("gzip", b"not gzip")]))
    assert page.body == b"not gzip"


def test_the_file_is_a_sound_warc_for_others(tmp_path: Path) -> None:
    path = written(tmp_path / "pages.warc.gz", [("", TEXT), ("gzip", gzip.compress(TEXT))])
    with path.open("rb") as file:
        records = [(each.rec_type, each.content_stream().read()) for each in ArchiveIterator(file)]
    assert [kind for kind, _ in records] == ["warcinfo", "response", "response"]
    assert records[1][1] == records[2][1] == TEXT


@pytest.mark.parametrize("zipped", [True, False])
def test_a_cut_file_gives_its_whole_pages_and_says_how_many(tmp_path: Path, zipped: bool) -> None:
    path = written(tmp_path / "pages.warc.gz", [("", TEXT), ("", b""), ("br", brotli.compress(TEXT))])
    data = path.read_bytes()
    if not zipped:
        data = gzip.decompress(data)
    whole = list(read_pages(path))
    ends = {len(data)}
    for end in range(1, len(data)):
        path.write_bytes(data[:end])
        pages, told = read_to_end(path)
        assert pages == whole[: len(pages)]
        assert told in (None, len(pages))
        if told is None:
            ends.add(end)
    # Only between two records is a cut no cut: before each of three, and in the lines between two.
    assert len(ends) <= (4 if zipped else 24)


def read_to_end(path: Path) -> tuple[list[Page], int | None]:
    """The pages, and the number that the file's being cut was told with."""
    pages: list[Page] = []
    try:
        pages.extend(read_pages(path))
    except TruncatedWarc as error:
        return pages, error.count
    return pages, None


def foreign(path: Path) -> Path:
    """A file as wget makes it: its own fields, brackets, chunks, and records that are no pages."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)

        def record(kind: str, url: str, body: bytes, headers: list[tuple[str, str]], **fields: str) -> None:
            http = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    url, kind, payload=BytesIO(body), http_headers=http, warc_headers_dict=fields
                )
            )

        request = StatusAndHeaders("GET / HTTP/1.1", [("Host", "x.example")], is_http_request=True)
        writer.write_record(writer.create_warc_record("http://x.example/", "request", http_headers=request))
        chunks = b"4\r\nng\xe1\xba\r\n3\r\n\xadp!\r\n0\r\n\r\n"
        record("response", "<http://x.example/a>", chunks, [("Transfer-Encoding", "chunked")])
        record("revisit", "http://x.example/a", b"", [])
        writer.write_record(
            writer.create_warc_record(
                "dns:x.example", "response", payload=BytesIO(b"1.2.3.4"), warc_content_type="text/dns"
            )
        )
        writer.write_record(
            writer.create_warc_record(
                "metadata://x", "metadata", payload=BytesIO(b"a: b"), warc_content_type="text/plain"
            )
        )
        record("response", "http://x.example/b", b"two", [("Content-Type", "text/html")])
    return path


def test_files_of_others_are_read(tmp_path: Path) -> None:
    pages = list(read_pages(foreign(tmp_path / "wget.warc.gz"), source="dng_mau"))
    assert [(page.url, page.body.decode()) for page in pages] == [
        ("http://x.example/a", "ngập!"),
        ("http://x.example/b", "two"),
    ]
    assert {page.source for page in pages} == {"dng_mau"}


def test_one_gzip_stream_over_all_records_is_read(tmp_path: Path) -> None:
    path = foreign(tmp_path / "wget.warc.gz")
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())))
    assert len(list(read_pages(path))) == 2
