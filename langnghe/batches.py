"""Batches on disk: where each stage's file lies, and how it is written whole or not at all.

```
<home>/batches/2026-11-23/dng_baodanang-091500/
    pages.warc.gz  crawl.json      the crawl
    items.jsonl    extract.json    Article | Post | Comment | Rejected, and the stage's counts
    documents.jsonl label.json
    index.json
<home>/reports/2026-11-23/trends.json digest.html digest.txt digest.eml
```
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter

T = TypeVar("T")


class StageReport(BaseModel):
    """What one run of a stage over one batch did; every input is in `out` or in `rejected`."""

    model_config = ConfigDict(frozen=True)

    stage: str
    batch: str
    inputs: int
    outputs: int
    rejected: dict[str, int] = {}
    counts: dict[str, dict[str, int]] = {}
    """Further counts, `{"topic": {"health": 3}}`."""


@dataclass(frozen=True)
class Batch:
    """One crawl run of one source, or one import: a folder of a day."""

    root: Path
    """The `batches` folder."""
    day: date
    name: str
    """`<source>-<HHMMSS>`."""

    @property
    def key(self) -> str:
        """`2026-11-23/dng_baodanang-091500`."""
        return f"{self.day.isoformat()}/{self.name}"

    @property
    def source(self) -> str:
        """The source's slug."""
        return self.name.rpartition("-")[0]

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return self.root / self.day.isoformat() / self.name

    def path(self, name: str) -> Path:
        """The path of one of its files."""
        return self.folder / name

    def report(self, stage: str) -> StageReport | None:
        """The report of a stage that has run, else None."""
        path = self.path(f"{stage}.json")
        return StageReport.model_validate_json(path.read_bytes()) if path.exists() else None


def new_batch(root: Path, source: str, at: datetime) -> Batch:
    """The batch of a run that starts at `at` (aware, Vietnam time decides the day)."""
    return Batch(root, at.date(), f"{source}-{at:%H%M%S}")


def batches_of(root: Path, day: date, source: str | None = None) -> list[Batch]:
    """All batches of a day in the order of their names."""
    folder = root / day.isoformat()
    names = sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []
    found = [Batch(root, day, name) for name in names]
    return [batch for batch in found if source is None or batch.source == source]


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; when the block ends well, it takes the place of `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_lines(path: Path, records: Iterable[BaseModel]) -> int:
    """Write records as JSON lines, whole or not at all; return how many."""
    count = 0
    with replaced(path) as part, part.open("w", encoding="utf8") as out:
        for count, record in enumerate(records, 1):  # noqa: B007
            out.write(record.model_dump_json() + "\n")
    return count


def read_lines(path: Path, record: type[T] | Any) -> Iterator[T]:
    """Read JSON lines as records of a type (a model or an annotated union)."""
    adapter: TypeAdapter[T] = TypeAdapter(record)
    with path.open("rb") as lines:
        for line in lines:
            yield adapter.validate_json(line)


def write_report(batch: Batch, report: StageReport) -> StageReport:
    """Write a stage's report; its presence says that the stage is done."""
    with replaced(batch.path(f"{report.stage}.json")) as part:
        part.write_text(
            json.dumps(report.model_dump(mode="json"), ensure_ascii=False, indent=1), encoding="utf8"
        )
    return report


def count_by(records: Iterable[Any], *fields: str) -> dict[str, dict[str, int]]:
    """Count the values of some fields over records, most frequent first."""
    counters: dict[str, Counter[str]] = {field: Counter() for field in fields}
    for record in records:
        for field in fields:
            if value := getattr(record, field):
                counters[field][str(value)] += 1
    return {field: dict(counter.most_common()) for field, counter in counters.items()}
