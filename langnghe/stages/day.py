"""Trends, digest, send: what is made of a day, from the index."""

from __future__ import annotations

from datetime import date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING

from langnghe.batches import batches_of, replaced
from langnghe.index.contract import Index
from langnghe.log import logger
from langnghe.mail import Delivery, MailError
from langnghe.mail import send as send_mail
from langnghe.stages.batch import crawl_report
from langnghe.workspace import Workspace

if TYPE_CHECKING:
    from langnghe.trends import Trends


def trends(work: Workspace, engine: Index, day: date) -> Trends:
    """A day's counts against the days before, and what rose: `reports/<day>/trends.json`."""
    from langnghe.trends import trends as compute_trends

    found = compute_trends(engine, day, work.settings.province)
    with replaced(work.reports(day) / "trends.json") as part:
        part.write_text(found.model_dump_json(indent=1), encoding="utf8")
    logger().info("trends", stage="trends", day=str(day), total=found.total, rises=len(found.rises))
    return found


def digest(work: Workspace, engine: Index, day: date) -> Path:
    """A day's page for a leader, from its trends of now: `reports/<day>/digest.html`, `.txt` and `.eml`."""
    from langnghe.digest import digest as write_digest
    from langnghe.digest import render

    found = trends(work, engine, day)
    runs = [run for batch in batches_of(work.batches, day) if (run := crawl_report(batch))]
    rendered = render(write_digest(engine, found, runs, work.settings, day))
    folder = work.reports(day)
    files = {"digest.html": rendered.page.encode(), "digest.txt": rendered.text.encode()}
    for name, content in (files | {"digest.eml": bytes(rendered.message)}).items():
        with replaced(folder / name) as part:
            part.write_bytes(content)
    logger().info("digest", stage="digest", day=str(day), subject=rendered.message["Subject"])
    return folder / "digest.html"


def send(work: Workspace, day: date, at: datetime, *, force: bool = False) -> Delivery:
    """Send a day's digest to every recipient who has not got it yet. Raises MailError."""
    file = work.reports(day) / "digest.eml"
    if not file.exists():
        raise MailError(f"chưa có bản tin của ngày {day:%d/%m/%Y}: langnghe digest --day {day}")
    message = message_from_bytes(file.read_bytes(), EmailMessage, policy=default)
    delivery = send_mail(message, day, work.settings.mail, work.state, at, force=force)
    logger().info("send", stage="send", day=str(day), **delivery.model_dump())
    return delivery
