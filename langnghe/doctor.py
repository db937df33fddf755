"""Examines an installation part by part and says what to do."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import langnghe
from langnghe.index import open_index
from langnghe.query import count
from langnghe.workspace import Workspace
from nlp.annotate import annotate
from nlp.labels import Text

State = Literal["good", "advice", "bad"]

_LEAST_DISK = 2 * 1024**3
_RELEASED = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    state: State
    said: str


def examine(work: Workspace, at: datetime) -> list[Finding]:
    """Look at every part; a part that breaks is a finding, not an error."""
    parts: dict[str, Callable[[Workspace, datetime], tuple[State, str]]] = {
        "Phiên bản": _version,
        "Đồng hồ": _clock,
        "Thư mục dữ liệu": _home,
        "Nguồn": _sources,
        "Mô hình": _models,
        "Chỉ mục": _index,
        "Liên hệ": _contact,
        "Thư": _mail,
    }
    findings = []
    for subject, look in parts.items():
        try:
            state, said = look(work, at)
        except Exception as error:  # a broken part is what the doctor is there to tell
            state, said = "bad", str(error) or repr(error)
        findings.append(Finding(subject, state, said))
    return findings


def _version(_: Workspace, __: datetime) -> tuple[State, str]:
    return "good", f"langnghe {langnghe.__version__}, Python {sys.version.split()[0]}"


def _clock(_: Workspace, at: datetime) -> tuple[State, str]:
    if at < _RELEASED:
        return (
            "bad",
            f"đồng hồ chỉ {at:%d/%m/%Y}, trước ngày phát hành: đặt lại giờ (timedatectl set-ntp true)",
        )
    zone = timedelta(seconds=-time.timezone)
    said = f"{at:%H:%M %d/%m/%Y} giờ Việt Nam"
    return "good", said if zone == timedelta(hours=7) else f"{said}; múi giờ của máy khác, không sao"


def _home(work: Workspace, _: datetime) -> tuple[State, str]:
    home = work.settings.home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    if not os.access(home, os.W_OK):
        return "bad", f"không ghi được vào {home}: đổi quyền thư mục hoặc đặt LANGNGHE_HOME"
    free = shutil.disk_usage(home).free
    said = f"{home}, còn trống {free / 1024**3:.0f} GiB"
    return ("advice", f"{said}: nên còn ít nhất 2 GiB") if free < _LEAST_DISK else ("good", said)


def _sources(work: Workspace, _: datetime) -> tuple[State, str]:
    if not work.sources:
        return "bad", "chưa có nguồn nào: langnghe sources new <mã> <trang chủ>"
    return "good", f"{len(work.sources)} nguồn"


def _models(work: Workspace, __: datetime) -> tuple[State, str]:
    text = Text(
        kind="comment", title="Nước sinh hoạt", text="Ba ngày rồi nước vẫn đục mà chưa ai trả lời dân."
    )
    labels = annotate([text], work.settings.labels.tier)[0]
    return "good", f"{labels.model}; câu thử: {labels.sentiment.label if labels.sentiment else '?'}"


def _index(work: Workspace, _: datetime) -> tuple[State, str]:
    index = open_index(work.settings)
    try:
        index.setup()
        return "good", f"{work.settings.index.engine}, {count(index)} tài liệu"
    finally:
        index.close()


def _contact(work: Workspace, _: datetime) -> tuple[State, str]:
    if work.settings.crawl.contact or work.settings.collection == "demo":
        return "good", work.settings.crawl.contact or "trang minh họa, không cần"
    return "advice", "đặt [crawl] contact: thư điện tử để chủ trang web liên hệ khi cần"


def _mail(work: Workspace, _: datetime) -> tuple[State, str]:
    mail = work.settings.mail
    if not mail.recipients:
        return "advice", "chưa có người nhận bản tin: đặt [mail] host, sender, recipients"
    if not mail.host or not mail.sender:
        return "bad", "có người nhận mà thiếu [mail] host hoặc sender"
    return "good", f"{len(mail.recipients)} người nhận qua {mail.host}"
