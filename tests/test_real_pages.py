"""`langnghe run` on real pages and real articles, served on loopback under their own host names."""

from __future__ import annotations

import gzip
import html
import json
import lzma
import os
import re
import ssl
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from typer.testing import CliRunner

from demo.server import NOT_FOUND, Response, Site, serve
from langnghe.cli import app
from langnghe.config import Settings
from langnghe.index import open_index

DATA = Path(os.environ.get("LANGNGHE_DATA", Path(__file__).parents[2] / "shared" / "data"))
FEEDS = {
    "vnexpress.net": "/rss/tin-moi-nhat.rss",
    "tuoitre.vn": "/rss/tin-moi-nhat.rss",
    "dantri.com.vn": "/rss/home.rss",
    "vietnamnet.vn": "/thoi-su.rss",
}
SOURCE = """\
name: {name}
kind: newspaper
home: https://{host}/
crawl:
  spider: feed
  start: [https://{host}/rss]
  delay: 0
  max_age_days: 10000
  max_pages: 1000
"""

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no training data at {DATA} (LANGNGHE_DATA)"),
]


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Certificates for the hosts, of an authority that the crawler trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*FEEDS, "www.24h.com.vn", "seeds.example").configure_cert(context)
    return context


def feed(urls: Mapping[str, str]) -> Response:
    items = "".join(
        f"<item><title>{html.escape(t)}</title><link>{html.escape(u)}</link></item>" for u, t in urls.items()
    )
    return Response(
        f'<rss version="2.0"><channel><title>a</title>{items}</channel></rss>'.encode(),
        "text/xml; charset=utf-8",
    )


def site(pages: Mapping[str, bytes]) -> Site:
    return lambda path: Response(pages[path]) if path in pages else NOT_FOUND


def with_feed(pages: Mapping[str, bytes], at: str, answer: Response) -> Site:
    inner = site(pages)
    return lambda path: answer if path == at else inner(path)


def saved_pages() -> dict[str, Site]:
    """The real pages under their own addresses; each host's feed names all of them, section pages too."""
    by_host: dict[str, dict[str, bytes]] = {host: {} for host in FEEDS}
    for entry in json.loads((DATA / "html" / "index.json").read_text("utf8")):
        body = gzip.decompress((DATA / "html" / entry["file"]).read_bytes())
        if entry["kind"] == "rss":
            continue
        named = re.search(
            rb'rel="?canonical"?[^>]*href="?([^" >]+)|property="og:url"[^>]*content="([^"]+)', body
        )
        address = next(filter(None, named.groups())).decode() if named else f"https://{entry['host']}/"
        path = "/" + address.split("/", 3)[3] if address.count("/") > 2 else "/"
        by_host[entry["host"]].setdefault(path, body)
    return {
        host: with_feed(pages, FEEDS[host], feed({f"https://{host}{path}": "" for path in pages}))
        for host, pages in by_host.items()
    }


def plain(title: str, text: str, date: str) -> bytes:
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n") if line.strip())
    return f'<meta charset="utf-8"><h1>{html.escape(title)}</h1><span class="date">{date}</span><div>{paragraphs}</div>'.encode()


def rendered(rows: Iterator[tuple[str, str, str, str]], host: str) -> Site:
    pages, titles = {}, {}
    for path, title, text, date in rows:
        pages[path] = plain(title, text, date)
        titles[f"https://{host}{path}"] = title
    return with_feed(pages, "/rss", feed(titles))


def articles() -> Iterator[tuple[str, str, str, str]]:
    with lzma.open(DATA / "news" / "news_2026_24h.jsonl.xz", "rt", encoding="utf8") as lines:
        for row in map(json.loads, lines):
            at = datetime.fromisoformat(row["published_at"])
            yield "/" + row["url"].split("/", 3)[3], row["title"], row["text"], f"{at:%H:%M %d/%m/%Y}"


def seeds() -> Iterator[tuple[str, str, str, str]]:
    for number, file in enumerate(sorted((DATA / "seeds").glob("*.txt"))):
        title, _, text = file.read_text("utf8").partition("\n")
        yield f"/seed-{100000 + number}.html", title[:120], text, "15:04 14/06/2021"


def run(home: Path, sites: Mapping[str, Site], tls: ssl.SSLContext, sources: str = "", *slugs: str) -> str:
    with serve(sites, tls=tls) as served:
        environment = {
            "LANGNGHE_HOME": str(home),
            "LANGNGHE_CRAWL__PROXY": served.proxy,
            "LANGNGHE_CRAWL__MAX_PAGES": "1000",
            "LANGNGHE_SOURCES": json.dumps([sources] if sources else []),
            "COLUMNS": "300",
        }
        chosen = [argument for slug in slugs for argument in ("--source", slug)]
        result = CliRunner().invoke(app, ["run", *chosen], env=environment)
    assert result.exit_code == 0, result.output
    return result.stdout


def documents(home: Path) -> list[dict[str, Any]]:
    engine = open_index(Settings(home=home))
    found = list(engine.scan("documents", {"match_all": {}}))
    engine.close()
    return found


def test_real_pages_of_four_papers(tmp_path: Path, tls: ssl.SSLContext) -> None:
    run(tmp_path, saved_pages(), tls, "", "vn_vnexpress", "vn_tuoitre", "vn_dantri", "vn_vietnamnet")
    found = documents(tmp_path)
    truths = {
        entry["truth"]["title"]
        for entry in json.loads((DATA / "html" / "index.json").read_text("utf8"))
        if entry["truth"]
    }
    assert {document["title"] for document in found} == truths
    assert {document["published_at"][:10] for document in found} <= {"2026-03-06", "2026-03-07", "2026-03-08"}


def test_articles_of_a_news_site_and_the_seeds(tmp_path: Path, tls: ssl.SSLContext) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    for slug, host in (("vn_24h", "www.24h.com.vn"), ("vn_seeds", "seeds.example")):
        (sources / f"{slug}.yml").write_text(SOURCE.format(name=slug, host=host), "utf8")
    sites = {
        "www.24h.com.vn": rendered(articles(), "www.24h.com.vn"),
        "seeds.example": rendered(seeds(), "seeds.example"),
    }
    run(tmp_path, sites, tls, str(sources), "vn_24h", "vn_seeds")
    by_source = Counter(document["source"] for document in documents(tmp_path))
    assert by_source["vn_seeds"] == 5
    assert by_source["vn_24h"] > 870
