"""The tables at the end of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

from crawlers.crawl import CrawlReport
from langnghe.batches import StageReport
from langnghe.cli.console import counted, table
from langnghe.web.words import reject
from langnghe.workspace import Workspace
from nlp.labels import label_name

FIELDS = {
    "kind": "Loại",
    "topic": "Chủ đề",
    "sentiment": "Thái độ",
    "target": "Nhắm tới",
    "valence": "Sự việc",
    "stance": "Lập trường",
    "province": "Tỉnh, thành",
}


def summary(work: Workspace, crawled: Sequence[CrawlReport], reports: Sequence[StageReport]) -> None:
    """What a run did: per source, and per label of the documents."""
    rejected: dict[str, Counter[str]] = {}
    labels: dict[str, Counter[str]] = {}
    written: Counter[str] = Counter()
    for report in reports:
        source = report.batch.partition("/")[2].rpartition("-")[0]
        rejected.setdefault(source, Counter()).update(report.rejected)
        if report.stage == "label":
            for field, counts in report.counts.items():
                labels.setdefault(field, Counter()).update(counts)
        written.update(report.counts.get("document", {}))
    crawl_table(work, crawled, rejected)
    rows = [
        (FIELDS[field], counted(dict(counts.most_common(12)), partial(label_name, field)))
        for field, counts in labels.items()
        if counts
    ]
    if rows:
        title = f"Tài liệu: {written['new']} mới, {written['known']} đã có (đọc lại)"
        table(title, ("Nhãn", "Số tài liệu"), rows)


def crawl_table(work: Workspace, reports: Sequence[CrawlReport], rejected: dict[str, Counter[str]]) -> None:
    """How each crawl ended, with what was fetched, what is new, and the rejects by name."""
    outcomes = {"ok": "tốt", "empty": "trống", "failed": "hỏng"}
    rows = [
        (
            work.sources[report.source].name,
            outcomes[report.outcome],
            report.responses,
            report.new_pages,
            counted(Counter(report.rejected) + rejected.get(report.source, Counter()), reject)
            or " ".join(report.errors[:1]),
        )
        for report in reports
    ]
    if rows:
        table("Nguồn", ("Nguồn", "Kết quả", "Đã tải", "Trang mới", "Loại, theo lý do"), rows)
