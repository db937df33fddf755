"""A saved page as a test case: a folder with the page, how it was fetched, and what must be read out of it.

```
tests/fixtures/sources/<slug>/<case>/page.html  meta.json  expected.json
```
`expected.json` is written by the code that it is to check: a human reads it once before it is committed.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from crawlers.catalogue import Source
from crawlers.extract import extract, generic_source
from crawlers.pages import Page

_KEPT = (
    "content-type",
    "x-langnghe-role",
    "x-langnghe-parent",
    "x-langnghe-parent-title",
    "x-langnghe-published",
)


def write_case(folder: Path, page: Page, source: Source, note: str = "") -> Path:
    """Save a page with what is read out of it now as the case `folder`, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page.html").write_bytes(page.body)
    meta = {
        "note": note,
        "url": page.url,
        "fetched_at": page.fetched_at.isoformat(),
        "status": page.status,
        "headers": {name: value for name, value in page.headers.items() if name in _KEPT},
    }
    _write_json(folder / "meta.json", meta)
    _write_json(folder / "expected.json", outcomes(page, source))
    return folder


def read_case(folder: Path, source: Source | None = None) -> tuple[Page, Source]:
    """The page of a case and the source that it is read by: a generic one unless one is given."""
    meta = json.loads((folder / "meta.json").read_text("utf8"))
    source = source or generic_source(meta["url"])
    fetched_at = datetime.fromisoformat(meta["fetched_at"])
    body = (folder / "page.html").read_bytes()
    return Page(meta["url"], source.slug, fetched_at, meta["status"], meta["headers"], body), source


def outcomes(page: Page, source: Source) -> list[dict[str, Any]]:
    """What is read out of a page, as `expected.json` holds it: without what only repeats the input."""
    dropped = {"source", "fetched_at"}
    return [
        outcome.model_dump(mode="json", exclude=dropped, exclude_defaults=False)
        for outcome in extract(page, source)
    ]


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf8")
