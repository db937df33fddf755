"""The stages: each reads one batch and writes one file of it, whole or not at all.

A stage that runs twice gives the same result. Its report stands beside its file and says that it is done:
what lacks the report is pending, so a run that was killed is finished by the next one.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from crawlers.crawl import CrawlLimits, CrawlReport
from crawlers.crawl import crawl as crawl_source
from pydantic import Field

from crawlers.catalogue import Source
from crawlers.catalogue import due as is_due
from crawlers.extract import extract as extract_page
from crawlers.items import Article, Comment, Post, Rejected
from crawlers.pages import Page
from crawlers.warc import TruncatedWarc, read_pages
from langnghe.batches import (
    Batch,
    StageReport,
    batches_of,
    count_by,
    new_batch,
    read_lines,
    replaced,
    write_lines,
)
from langnghe.batches import write_report as write_stage_report
from langnghe.documents import Document
from langnghe.enrich import documents
from langnghe.index.contract import Index
from langnghe.log import logger
from langnghe.tickets import Ticket
from langnghe.workspace import Workspace

Outcome = Annotated[Article | Post | Comment | Ticket | Rejected, Field(discriminator="kind")]

STAGES = ("extract", "label", "index")
"""What follows a crawl or an import, in order."""
PENDING_DAYS = 7
"""How far back unfinished batches are looked for."""
LABELS = ("kind", "topic", "sentiment", "target", "valence", "stance", "province")


def crawl(work: Workspace, source: Source, at: datetime) -> CrawlReport:
    """Crawl one source into a new batch. Its troubles are in the report, not raised."""
    batch = new_batch(work.batches, source.slug, at)
    batch.folder.mkdir(parents=True, exist_ok=True)
    asked = work.settings.crawl
    limits = CrawlLimits(
        contact=asked.contact, proxy=asked.proxy, max_pages=asked.max_pages, max_seconds=asked.max_seconds
    )
    report = crawl_source(source, batch.folder, work.state, limits, at)
    logger().info(
        "crawl",
        stage="crawl",
        batch=batch.key,
        outcome=report.outcome,
        new=report.new_pages,
        rejected=report.rejected,
        errors=list(report.errors),
    )
    return report


def crawl_all(work: Workspace, sources: Sequence[Source], at: datetime) -> Iterator[CrawlReport]:
    """Crawl several sources side by side, one request at a time per host; yields as each ends."""
    with ThreadPoolExecutor(max_workers=work.settings.crawl.workers) as pool:
        running = [pool.submit(crawl, work, source, at) for source in sources]
        for done in as_completed(running):
            yield done.result()


def last_run(work: Workspace, slug: str, at: datetime) -> datetime | None:
    """When a source's last crawl of the past week began."""
    for back in range(PENDING_DAYS + 1):
        day = at.date() - timedelta(days=back)
        if runs := batches_of(work.batches, day, slug):
            clock = datetime.strptime(runs[-1].name.rpartition("-")[2], "%H%M%S").time()  # noqa: DTZ007
            return datetime.combine(day, clock, at.tzinfo)
    return None


def due(work: Workspace, at: datetime) -> list[Source]:
    """The sources whose next crawl is due."""
    return [source for source in work.sources.values() if is_due(source, last_run(work, source.slug, at), at)]


def take_warcs(work: Workspace, folder: Path, at: datetime) -> list[Batch]:
    """Make a batch of every WARC file in a folder; a file that was taken before keeps its batch."""
    taken = []
    for file in sorted((*folder.rglob("*.warc.gz"), *folder.rglob("*.warc"))):
        batch = Batch(work.batches, at.date(), f"offline-{digest_of(file)}")
        if not batch.report("crawl"):
            with replaced(batch.path("pages.warc.gz")) as part:
                shutil.copyfile(file, part)
            write_stage_report(batch, StageReport(stage="crawl", batch=batch.key, inputs=1, outputs=1))
        taken.append(batch)
    return taken


def take_items(work: Workspace, source: str, file: Path, items: Iterable[Any], at: datetime) -> Batch:
    """Make a batch of what was read from a file; the same file gives the same batch, and nothing twice."""
    batch = Batch(work.batches, at.date(), f"{source}-{digest_of(file)}")
    outcomes = list(items)
    write_lines(batch.path("items.jsonl"), outcomes)
    write_stage_report(batch, _counted("extract", batch, len(outcomes), outcomes))
    return batch


def digest_of(file: Path) -> str:
    """The first 8 hex digits of a file's SHA-256."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()[:8]


def extract(work: Workspace, batch: Batch) -> StageReport:
    """Pages to items: every page ends as an item, a named reject, or `navigation`."""
    ids: set[str] = set()
    pages: Counter[str] = Counter()

    def outcomes() -> Iterator[Any]:
        for page in _pages(batch, pages):
            found = _read(work, page)
            pages["navigation"] += not found
            for outcome in found:
                if not isinstance(outcome, Rejected) and outcome.id in ids:
                    yield Rejected(source=page.source, url=outcome.url, reason="duplicate")
                    continue
                if not isinstance(outcome, Rejected):
                    ids.add(outcome.id)
                yield outcome

    written = list(outcomes())
    write_lines(batch.path("items.jsonl"), written)
    report = _counted("extract", batch, pages["read"], written)
    return write_report(batch, report.model_copy(update={"counts": report.counts | {"page": dict(pages)}}))


def _pages(batch: Batch, counted: Counter[str]) -> Iterator[Page]:
    path = batch.path("pages.warc.gz")
    if not path.exists():
        return
    try:
        for page in read_pages(path):
            counted["read"] += 1
            yield page
    except TruncatedWarc as error:
        counted["truncated"] += 1
        logger().warning("the saved pages end early", batch=batch.key, error=str(error))


def _read(work: Workspace, page: Page) -> Sequence[Any]:
    try:
        return extract_page(page, work.source_of(page))
    except Exception as error:  # one page that breaks the reader must not lose the others
        logger().exception("a page could not be read", url=page.url)
        return [Rejected(source=page.source, url=page.url, reason="unreadable", detail=repr(error)[:200])]


def label(work: Workspace, batch: Batch) -> StageReport:
    """Items to documents: labelled, normalised, masked."""
    items = [item for item in _items(batch) if not isinstance(item, Rejected)]
    by_province: dict[str, list[Any]] = {}
    for item in items:
        by_province.setdefault(work.home_province(item.source), []).append(item)
    labelled = [
        document
        for province, some in by_province.items()
        for document in documents(some, batch.key, home_province=province)
    ]
    write_lines(batch.path("documents.jsonl"), labelled)
    counts = count_by(labelled, *LABELS)
    report = StageReport(
        stage="label", batch=batch.key, inputs=len(items), outputs=len(labelled), counts=counts
    )
    return write_report(batch, report)


def index(batch: Batch, engine: Index) -> StageReport:
    """Documents and the crawl's report into the index; what is there already is replaced."""
    path = batch.path("documents.jsonl")
    found: list[Document] = list(read_lines(path, Document)) if path.exists() else []
    written = engine.write("documents", (document.model_dump(mode="json") for document in found))
    crawled = crawl_report(batch)
    if crawled:
        run = crawled.model_dump(mode="json") | {"id": batch.key, "day": batch.day.isoformat()}
        engine.write("crawl_runs", [run])
    return write_report(
        batch, StageReport(stage="index", batch=batch.key, inputs=len(found), outputs=written)
    )


def crawl_report(batch: Batch) -> CrawlReport | None:
    """What the crawl of a batch said of itself; None for imports and WARC files from elsewhere."""
    path = batch.path("crawl.json")
    if not path.exists() or '"outcome"' not in (text := path.read_text("utf8")):
        return None
    return CrawlReport.model_validate_json(text)


def pending(work: Workspace, stage: str, at: datetime, day: date | None = None) -> list[Batch]:
    """Batches whose stage before is done and whose own is not; of a day, or of the past week."""
    before = ("crawl", *STAGES)[STAGES.index(stage)]
    days = [day] if day else [at.date() - timedelta(days=back) for back in reversed(range(PENDING_DAYS + 1))]
    return [
        batch
        for each in days
        for batch in batches_of(work.batches, each)
        if batch.path(f"{before}.json").exists() and not batch.path(f"{stage}.json").exists()
    ]


def write_report(batch: Batch, report: StageReport) -> StageReport:
    """Write a stage's report and its one summary line."""
    logger().info(
        report.stage,
        stage=report.stage,
        batch=report.batch,
        inputs=report.inputs,
        outputs=report.outputs,
        rejected=report.rejected,
    )
    return write_stage_report(batch, report)


def _items(batch: Batch) -> Iterator[Any]:
    path = batch.path("items.jsonl")
    return read_lines(path, Outcome) if path.exists() else iter(())


def _counted(stage: str, batch: Batch, inputs: int, outcomes: Sequence[Any]) -> StageReport:
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


def runs_of(work: Workspace, days: Iterable[date]) -> Mapping[str, CrawlReport]:
    """The last crawl report of each source in some days, in order of the days."""
    found: dict[str, CrawlReport] = {}
    for day in days:
        for batch in batches_of(work.batches, day):
            if report := crawl_report(batch):
                found[report.source] = report
    return found
