"""`python -m demo.airflow`: the demonstration as DAGs in Airflow's own pages, until Ctrl+C."""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from demo.__main__ import HOME, MAPPING, kept_anchor, langnghe, outlets, write_tickets
from demo.components import Airflow, TaskState, airflow, follow, start_run
from langnghe.config import VIETNAM

DAG = "langnghe_daily"
STATES = {"success": "tốt", "failed": "hỏng", "skipped": "bỏ qua", "upstream_failed": "không tới lượt"}
out = Console(highlight=False)


def configure() -> Path:
    """Point the tasks, wherever they run, at the demonstration; return its home."""
    home = HOME.absolute()
    os.environ["LANGNGHE_HOME"] = str(home)
    os.environ.setdefault("LANGNGHE_COLLECTION", "demo")
    os.environ.setdefault("LANGNGHE_PROVINCE", "Đà Nẵng")
    return home


def show_run(running: Airflow, day: str) -> None:
    """Start the daily DAG over every outlet and show its tasks until they end."""
    run = start_run(running.api, DAG, {"day": day, "due": False})
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    tasks: list[TaskState] = []
    with Progress(*columns, console=out, transient=True) as bars:
        bar = bars.add_task(DAG)
        for tasks in follow(running.api, run):
            active = dict.fromkeys(task.name for task in tasks if task.state == "running")
            done = sum(task.state in STATES for task in tasks)
            bars.update(bar, description=" ".join(active) or DAG, completed=done, total=len(tasks))
    for task in tasks:
        out.print(f"  {task.name:14} {task.part or '':16} {STATES.get(str(task.state), task.state)}")
    out.print(f"Từng việc và nhật ký của nó: {running.address}/dags/{DAG}")


def main() -> int:
    """Serve the outlets, start Airflow, run the daily DAG once, and wait to be stopped."""
    signal.signal(signal.SIGTERM, _terminated)
    home, now = configure(), datetime.now(VIETNAM)
    at = kept_anchor(HOME, now)
    file = home / "demo" / "phan-anh-1022.csv"
    write_tickets(file, at)
    try:
        with outlets(at):
            if failed := langnghe("tickets", "import", str(file), "--map", str(MAPPING)):
                return failed
            with out.status("Khởi động Airflow…") as status:

                def say(what: str) -> None:
                    status.update(f"Khởi động Airflow: {what}…")

                with airflow(home / "airflow", {}, say) as running:
                    status.stop()
                    _serve(running, at.date().isoformat())
    except KeyboardInterrupt:
        out.print("Đã dừng.")
    return 0


def _serve(running: Airflow, day: str) -> None:
    try:
        out.print(
            f"Airflow: [bold]{running.address}[/]  người dùng: {running.user}  mật khẩu: {running.password}"
        )
        show_run(running, day)
        out.print(f"Nhật ký của Airflow: {running.logs}. Ctrl+C để dừng.")
        signal.pause()
    finally:
        out.print("Đang dừng Airflow, xin đợi…")
        for number in (signal.SIGINT, signal.SIGTERM):  # a second Ctrl+C would leave components behind
            signal.signal(number, signal.SIG_IGN)


def _terminated(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
