"""Crawl, extract, label, index: each reads one batch and writes one file of it, whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from crawlers.catalogue import Source
from crawlers.catalogue import due as is_due
from crawlers.crawl import CrawlLimits, CrawlReport
from crawlers.crawl import crawl as crawl_source
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
    write_lines,
)
from langnghe.batches import write_report as write_stage_report
from langnghe.documents import Document
from langnghe.index.contract import Index
from langnghe.log import logger
from langnghe.stages.intake import counted
from langnghe.tickets import Ticket
from langnghe.workspace import Workspace

Outcome = Annotated[Article | Post | Comment | Ticket | Rejected, Field(discriminator="kind")]

STAGES = ("extract", "label", "index")
"""What follows a crawl or an import, in order."""
PENDING_DAYS = 7
"""How far back unfinished batches are looked for."""
_IDS_AT_ONCE = 500
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
    report = counted("extract", batch, pages["read"], written)
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
    from langnghe.enrich import documents

    items = [item for item in _items(batch) if not isinstance(item, Rejected)]
    by_province: dict[str, list[Any]] = {}
    for item in items:
        by_province.setdefault(work.home_province(item.source), []).append(item)
    labelled = [
        document
        for province, some in by_province.items()
        for document in documents(some, batch.key, province, work.settings.labels.tier)
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
    known = _known(engine, (document.id for document in found))
    answered = [document for document in found if document.parent_id]
    written = engine.write("documents", _rows(document for document in found if not document.parent_id))
    parents = _known(engine, (document.parent_id for document in answered))
    written += engine.write("documents", _rows(_with_topics(each, parents) for each in answered))
    if crawled := crawl_report(batch):
        run = crawled.model_dump(mode="json") | {"id": batch.key, "day": batch.day.isoformat()}
        engine.write("crawl_runs", [run])
    counts = {"document": {"new": written - len(known), "known": len(known)}}
    report = StageReport(stage="index", batch=batch.key, inputs=len(found), outputs=written, counts=counts)
    return write_report(batch, report)


def _rows(found: Iterable[Document]) -> Iterator[dict[str, Any]]:
    return (document.model_dump(mode="json") for document in found)


def _known(engine: Index, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Which of some documents the index holds."""
    wanted = sorted(set(ids))
    found: dict[str, dict[str, Any]] = {}
    for first in range(0, len(wanted), _IDS_AT_ONCE):
        asked = {"ids": {"values": wanted[first : first + _IDS_AT_ONCE]}}
        records = engine.scan("documents", {"bool": {"filter": [asked]}})
        found |= {record["id"]: record for record in records}
    return found


def _with_topics(document: Document, parents: Mapping[str, dict[str, Any]]) -> Document:
    """A comment with the topics of what it answers: alone, its few words seldom tell."""
    parent = parents.get(document.parent_id)
    topics = {"topic": parent["topic"], "topics": tuple(parent["topics"])} if parent else {}
    return document.model_copy(update=topics)


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
