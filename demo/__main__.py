"""`python -m demo run`: the whole pipeline on the demonstration; `python -m demo serve`: its dashboard."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path

from demo.outlets import sites
from demo.server import serve
from demo.texts import tickets
from langnghe.config import VIETNAM

HOME = Path(os.environ.setdefault("LANGNGHE_HOME", "var/demo"))
MAPPING = Path(__file__).parent / "1022.yml"
HEADINGS = (
    "Mã phản ánh",
    "Thời điểm tiếp nhận",
    "Kênh",
    "Lĩnh vực",
    "Tiêu đề",
    "Nội dung",
    "Địa chỉ",
    "Phường, xã",
    "Trạng thái",
    "Trả lời",
    "Người phản ánh",
    "Điện thoại",
)


def anchor(now: datetime) -> datetime:
    """The moment that the demonstration's texts are dated from: in the morning, the end of yesterday."""
    if now.hour >= 12:
        return now.replace(microsecond=0)
    return datetime.combine(now.date() - timedelta(days=1), time(23, 59), now.tzinfo)


def kept_anchor(home: Path, now: datetime) -> datetime:
    """The anchor of the first run, so that a second one finds the same pages; a new day starts afresh."""
    kept = home / "demo" / "anchor"
    if kept.exists():
        before = datetime.fromisoformat(kept.read_text())
        if before.date() == anchor(now).date():
            return before
        print(f"Trang minh họa của ngày {before:%d/%m/%Y} được thay bằng trang mới.")
        shutil.rmtree(home)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(anchor(now).isoformat())
    return anchor(now)


def write_tickets(file: Path, at: datetime) -> None:
    """Write the 1022 hotline's export as a CSV file, as an office would send it."""
    with file.open("w", encoding="utf-8-sig", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(HEADINGS)
        for t in tickets():
            received = t.published(at).strftime("%d/%m/%Y %H:%M")
            about = (t.channel, t.field, t.title, t.content, t.address, t.ward, t.status, t.answer)
            rows.writerow((t.number, received, *about, t.reporter, t.phone))


@contextmanager
def outlets(at: datetime) -> Iterator[None]:
    """Serve the outlets on their own ports; where one is taken, through a forward proxy on a free port."""
    every = sites(at)
    with ExitStack() as running:
        try:
            for host, site in every.items():
                running.enter_context(serve({host: site}, int(host.rpartition(":")[2])))
        except OSError as error:
            print(f"Cổng 8801-8806 đang bận ({error}): dùng cổng khác, liên kết tới bài sẽ không mở được.")
            os.environ["LANGNGHE_CRAWL__PROXY"] = running.enter_context(serve(every)).proxy
        yield


def langnghe(*arguments: str) -> int:
    """Run a command of the pipeline."""
    return subprocess.call([sys.executable, "-m", "langnghe", *arguments])


def run() -> int:
    """Import the tickets, crawl the outlets, write the digest."""
    now = datetime.now(VIETNAM)
    at = kept_anchor(HOME, now)
    file = HOME / "demo" / "phan-anh-1022.csv"
    write_tickets(file, at)
    with outlets(at):
        failed = langnghe("tickets", "import", str(file), "--map", str(MAPPING))
        failed = failed or langnghe("run", "--day", at.date().isoformat())
    if not failed:
        print("\nXem bảng điều khiển: make serve, rồi mở http://127.0.0.1:8080")
    return failed


def show() -> int:
    """Serve the dashboard, and the outlets so that its links open."""
    with outlets(kept_anchor(HOME, datetime.now(VIETNAM))):
        return langnghe("serve")


def main() -> int:
    """Run the verb of the command line."""
    os.environ.setdefault("LANGNGHE_COLLECTION", "demo")
    os.environ.setdefault("LANGNGHE_PROVINCE", "Đà Nẵng")
    verbs = {"run": run, "serve": show}
    if len(sys.argv) != 2 or sys.argv[1] not in verbs:
        print("python -m demo run | serve", file=sys.stderr)
        return 2
    try:
        return verbs[sys.argv[1]]()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
