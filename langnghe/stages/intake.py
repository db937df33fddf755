"""Batches that no crawl made: WARC files from elsewhere, and files of tickets or documents."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from crawlers.items import Rejected
from langnghe.batches import Batch, StageReport, count_by, replaced, write_lines, write_report
from langnghe.workspace import Workspace


def take_warcs(work: Workspace, folder: Path, at: datetime) -> list[Batch]:
    """Make a batch of every WARC file in a folder; a file that was taken before keeps its batch."""
    taken = []
    for file in sorted((*folder.rglob("*.warc.gz"), *folder.rglob("*.warc"))):
        batch = Batch(work.batches, at.date(), f"offline-{digest_of(file)}")
        if not batch.report("crawl"):
            with replaced(batch.path("pages.warc.gz")) as part:
                shutil.copyfile(file, part)
            write_report(batch, StageReport(stage="crawl", batch=batch.key, inputs=1, outputs=1))
        taken.append(batch)
    return taken


def take_items(work: Workspace, source: str, file: Path, items: Iterable[Any], at: datetime) -> Batch:
    """Make a batch of what was read from a file; the same file gives the same batch, and nothing twice."""
    batch = Batch(work.batches, at.date(), f"{source}-{digest_of(file)}")
    outcomes = list(items)
    write_lines(batch.path("items.jsonl"), outcomes)
    write_report(batch, counted("extract", batch, len(outcomes), outcomes))
    return batch


def digest_of(file: Path) -> str:
    """The first 8 hex digits of a file's SHA-256."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()[:8]


def counted(stage: str, batch: Batch, inputs: int, outcomes: Sequence[Any]) -> StageReport:
    """A stage's report over outcomes, rejects counted by name."""
    rejected = Counter(outcome.reason for outcome in outcomes if isinstance(outcome, Rejected))
    kept = [outcome for outcome in outcomes if not isinstance(outcome, Rejected)]
    return StageReport(
        stage=stage,
        batch=batch.key,
        inputs=inputs,
        outputs=len(kept),
        rejected=dict(rejected.most_common()),
        counts=count_by(kept, "kind"),
    )
