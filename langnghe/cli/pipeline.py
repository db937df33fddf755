"""`run` and the stages one by one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from crawlers.catalogue import Source
from crawlers.crawl import CrawlReport
from langnghe import stages
from langnghe.batches import Batch, StageReport
from langnghe.cli.console import Day, counted, engine, err, fail, now, out, progress, table, workspace
from langnghe.cli.summary import crawl_table, summary
from langnghe.index.contract import Index, IndexError_
from langnghe.log import logger
from langnghe.mail import Delivery, MailError
from langnghe.web.words import reject
from langnghe.workspace import Workspace

app = typer.Typer()

Slugs = Annotated[list[str] | None, typer.Argument(metavar="[NGUỒN]…", help="Mã nguồn; bỏ trống: mọi nguồn.")]


@app.command()
def run(
    day: Day = None,
    source: Annotated[list[str] | None, typer.Option(help="Chỉ nguồn này; dùng được nhiều lần.")] = None,
    offline: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Không ra mạng: đọc các tệp WARC trong thư mục này."),
    ] = None,
) -> None:
    """Làm trọn một lượt: thu thập, trích xuất, gán nhãn, lập chỉ mục, xu hướng, bản tin.

    Ví dụ:
      langnghe run --day today
      langnghe run --source dng_baodanang
      langnghe run --offline thư-mục-warc
    """
    work, at = workspace(), now()
    with engine(work.settings) as index, progress() as bars:
        if offline:
            taken = stages.take_warcs(work, offline, at)
            if not taken:
                fail(f"không có tệp .warc hay .warc.gz nào trong {offline}")
            crawled: list[CrawlReport] = []
        else:
            crawled = _crawl(work, _chosen(work, source), at, bars)
        reports = _finish(work, index, at, bars)
        covered = day or at.date()
        page = stages.digest(work, index, covered)
        try:
            delivery = stages.send(work, covered, at) if work.settings.mail.recipients else None
        except MailError as error:
            err.print(f"[yellow]Chưa gửi được bản tin:[/] {error}")
            delivery = error.delivery
    summary(work, crawled, reports)
    out.print(f"Bản tin: {page}")
    if delivery:
        _told(delivery)
    if crawled and all(report.outcome == "failed" for report in crawled):
        fail("không nguồn nào thu thập được; xem các lỗi ở bảng trên")
    _all_done([batch for name in stages.STAGES for batch in stages.pending(work, name, at)])


@app.command()
def crawl(
    sources: Slugs = None, due: Annotated[bool, typer.Option(help="Chỉ nguồn đã đến lượt.")] = False
) -> None:
    """Thu thập trang về tệp WARC, chưa đọc nội dung. Ví dụ: langnghe crawl dng_baodanang"""
    work, at = workspace(), now()
    chosen = stages.due(work, at) if due and not sources else _chosen(work, sources)
    with progress() as bars:
        reports = _crawl(work, chosen, at, bars)
    crawl_table(work, reports, {})
    if reports and all(report.outcome == "failed" for report in reports):
        raise typer.Exit(1)


@app.command()
def label(day: Day = None) -> None:
    """Gán nhãn các lô đã trích xuất mà chưa gán."""
    stage("label", day)


@app.command()
def trends(day: Day = None) -> None:
    """Tính xu hướng của một ngày từ chỉ mục."""
    work = workspace()
    with engine(work.settings) as index:
        stages.trends(work, index, day or now().date())
    out.print(work.reports(day or now().date()) / "trends.json")


@app.command()
def digest(day: Day = None) -> None:
    """Viết bản tin của một ngày (HTML, chữ thuần, .eml); không gửi."""
    work = workspace()
    with engine(work.settings) as index:
        stages.digest(work, index, day or now().date())
    out.print(work.reports(day or now().date()) / "digest.html")


@app.command()
def send(
    day: Day = None,
    force: Annotated[bool, typer.Option(help="Gửi lại cả người mà lần trước không rõ đã nhận chưa.")] = False,
) -> None:
    """Gửi bản tin của một ngày qua SMTP; mỗi người nhận một lần, dù chạy lại bao nhiêu lần."""
    work, at = workspace(), now()
    if not work.settings.mail.recipients:
        told = "chưa có người nhận: đặt [mail] recipients trong langnghe.toml hoặc LANGNGHE_MAIL__RECIPIENTS"
        fail(told, os.EX_CONFIG)  # a scheduler can tell this from a failure
    try:
        _told(stages.send(work, day or at.date(), at, force=force))
    except MailError as error:
        _told(error.delivery)
        fail(str(error))


def _told(delivery: Delivery) -> None:
    """Say what became of each recipient."""
    for said, some in (("Đã gửi", delivery.sent), ("Đã nhận từ trước", delivery.already)):
        if some:
            out.print(f"{said}: {', '.join(some)}")
    if delivery.problems:
        err.print(f"[yellow]{delivery.problems}[/]")


def stage(name: str, day: date | None) -> None:
    """Run one stage over what is pending, and say what it did; fail where something is still pending."""
    work, at = workspace(), now()
    with progress() as bars:
        if name == "index":
            with engine(work.settings) as index:
                reports = _over(name, work, index, at, day, bars)
        else:
            reports = _over(name, work, None, at, day, bars)
    rows = [(r.batch, r.inputs, r.outputs, counted(r.rejected, reject)) for r in reports]
    table(f"{name}: {len(rows)} lô", ("Lô", "Vào", "Ra", "Loại"), rows)
    _all_done(stages.pending(work, name, at, day))


def _all_done(left: Sequence[Batch]) -> None:
    if left:
        fail(
            f"{len(left)} lô chưa xong, sẽ được làm lại ở lượt sau: {', '.join(batch.key for batch in left)}"
        )


def _chosen(work: Workspace, slugs: Sequence[str] | None) -> list[Source]:
    if unknown := [slug for slug in slugs or () if slug not in work.sources]:
        fail(f"không có nguồn {', '.join(unknown)}; xem: langnghe sources list")
    return [work.sources[slug] for slug in slugs] if slugs else list(work.sources.values())


def _crawl(work: Workspace, sources: Sequence[Source], at: datetime, bars: Progress) -> list[CrawlReport]:
    bar = bars.add_task("Thu thập", total=len(sources))
    reports = []
    for report in stages.crawl_all(work, sources, at):
        bars.update(bar, advance=1, description=f"Thu thập {report.source}")
        reports.append(report)
    return sorted(reports, key=lambda report: report.source)


def _finish(work: Workspace, index: Index, at: datetime, bars: Progress) -> list[StageReport]:
    """Take everything that is unfinished through the remaining stages."""
    return [report for name in stages.STAGES for report in _over(name, work, index, at, None, bars)]


def _over(  # noqa: PLR0913, PLR0917 - the stage's inputs and the bar that shows them
    name: str, work: Workspace, index: Index | None, at: datetime, day: date | None, bars: Progress
) -> list[StageReport]:
    names = {"extract": "Trích xuất", "label": "Gán nhãn", "index": "Lập chỉ mục"}
    reports = []
    todo = stages.pending(work, name, at, day)
    for batch in bars.track(todo, total=len(todo), description=names[name]):
        report = _one(name, work, index, batch)
        if report:
            reports.append(report)
    return reports


def _one(name: str, work: Workspace, index: Index | None, batch: Batch) -> StageReport | None:
    try:
        if name == "index":
            assert index is not None  # noqa: S101 - callers open it for this stage
            return stages.index(batch, index)
        return stages.extract(work, batch) if name == "extract" else stages.label(work, batch)
    except IndexError_:
        raise  # the engine itself cannot be used: no batch can go on
    except Exception:  # one batch that breaks a stage must not keep the others from it
        logger().exception("a batch broke a stage", stage=name, batch=batch.key)
        return None
