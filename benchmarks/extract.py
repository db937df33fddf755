"""Pages a second of extraction beside trafilatura alone, on saved pages: those of the tests, or your own.

python -m benchmarks.extract [FOLDER OF *.html OR *.html.gz …]
"""

from __future__ import annotations

import gzip
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import trafilatura

from crawlers.extract import extract, generic_source
from crawlers.pages import Page

FIXTURES = Path(__file__).parents[1] / "tests" / "fixtures" / "sources"
ROUNDS = 10


def pages(folders: Sequence[Path]) -> list[Page]:
    """Every HTML page under some folders, as fetched now."""
    found = []
    for path in sorted(path for folder in folders for path in folder.rglob("*.html*")):
        body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        url = f"https://example.vn/mot-bai-viet-rat-dai-tren-trang-{len(found) + 10_000}.html"
        found.append(Page(url, "benchmark", datetime.now(UTC), 200, {}, body))
    return found


def rate(read: Callable[[Page], object], saved: Sequence[Page]) -> float:
    """Pages a second, the best of some rounds after one to warm up."""
    best = 0.0
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        for page in saved:
            read(page)
        best = max(best, len(saved) / (time.perf_counter() - start))
    return best


def main(folders: Sequence[str]) -> None:
    """Print the two rates for each folder."""
    for folder in map(Path, folders or [str(FIXTURES)]):
        saved = pages([folder])
        if not saved:
            print(f"{folder}: no pages")
            continue
        source = generic_source(saved[0].url)
        kib = sum(len(page.body) for page in saved) / len(saved) / 1024
        ours = rate(lambda page: extract(page, source), saved)  # noqa: B023
        theirs = rate(lambda page: trafilatura.bare_extraction(page.body.decode("utf8", "replace")), saved)
        print(f"{folder}: {len(saved)} pages of {kib:.0f} KiB on average")
        print(f"  langnghe    {ours:7.1f} pages/s  {1000 / ours:6.2f} ms a page")
        print(f"  trafilatura {theirs:7.1f} pages/s  {1000 / theirs:6.2f} ms a page")


if __name__ == "__main__":
    main(sys.argv[1:])
