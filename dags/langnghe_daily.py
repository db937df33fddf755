"""**Bản tin hằng ngày**: nghe mọi nguồn đã đến lượt, rồi viết và gửi bản tin của ngày.

Kết quả: `reports/<ngày>/` trong `LANGNGHE_HOME` (xu hướng; bản tin HTML, chữ thuần, .eml) và thư đã gửi.

Khi hỏng: hôm nay chưa có bản tin; văn bản đã thu không mất. Sửa xong thì bấm *Clear* ở bước hỏng: bước nào
làm lại cũng an toàn, thư đã gửi không gửi lần nữa. Nguồn hỏng không chặn nguồn khác; chỉ bước cuối
`check_sources` đỏ khi quá nhiều nguồn hỏng, bản tin vẫn có.

*English: crawls the due sources, then writes and sends the day's digest. A failure costs today's digest,
never a document; every task may be cleared and run again.*
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from shlex import quote
from typing import Any
from zoneinfo import ZoneInfo

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import CronTriggerTimetable, Param, chain, dag, task

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
PROGRAM = quote(str(Path(sys.executable).with_name("langnghe")))
# The operator gives its child a session of its own; the death signal reaches it also when the task is killed.
LANGNGHE = f"exec setpriv --pdeathsig TERM {PROGRAM} --log info"
DAY = "--day {{ params.day or dag_run.run_after.astimezone(VIETNAM).date() }}"


def stage(verb: str, options: str = "", **rules: Any) -> BashOperator:
    """A task that is one verb of the command line."""
    return BashOperator(task_id=verb, bash_command=f"{LANGNGHE} {verb} {options}", **rules)


@dag(
    # Unpausing waits for the next tick instead of sending a digest at once.
    schedule=CronTriggerTimetable("30 17 * * *", timezone="Asia/Ho_Chi_Minh", run_immediately=timedelta()),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    doc_md=__doc__,
    tags=["langnghe"],
    user_defined_macros={"VIETNAM": VIETNAM},
    params={
        "day": Param(
            None,
            type=["null", "string"],
            format="date",
            pattern=r"^\d{4}-\d{2}-\d{2}$",
            title="Ngày của bản tin",
            description="Bỏ trống: ngày chạy, theo giờ Việt Nam.",
        ),
        "due": Param(
            True,
            type="boolean",
            title="Chỉ nguồn đã đến lượt",
            description="Tắt: thu thập mọi nguồn ngay.",
        ),
        "tolerated": Param(
            0.5,
            type="number",
            minimum=0,
            maximum=1,
            title="Phần nguồn được phép hỏng",
            description="Quá phần này thì lượt chạy bị coi là hỏng.",
        ),
    },
    default_args={
        "cwd": ".",  # where Airflow was started: langnghe.toml is found as by hand
        "do_xcom_push": False,
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "execution_timeout": timedelta(hours=1),
    },
)
def langnghe_daily() -> None:
    """Crawl, understand, index, report."""
    sources = stage(
        "sources",
        "list {{ '--due' if params.due else '--no-due' }} --json",
        output_processor=json.loads,
        do_xcom_push=True,
    )

    # Not retried: the crawl retries requests itself, and the next run comes soon.
    @task.bash(
        pool="crawl",
        retries=0,
        execution_timeout=timedelta(minutes=30),
        map_index_template="{{ task.op_kwargs.slug }}",
    )
    def crawl(slug: str) -> str:
        return f"{LANGNGHE} crawl {slug}"

    @task(trigger_rule="none_failed", retries=0)
    def check_sources(params: dict[str, Any], ti: Any) -> None:
        """Fail when too many sources failed: the failure of one is no failure of the run."""
        crawls = {"dag_id": ti.dag_id, "run_ids": [ti.run_id], "task_ids": ["crawl"]}
        failed = ti.get_ti_count(**crawls, states=["failed", "upstream_failed"])
        share = failed / ti.get_ti_count(**crawls)
        if share > params["tolerated"]:
            raise RuntimeError(f"{failed} sources failed ({share:.0%})")

    chain(
        crawl.expand(slug=sources.output),
        stage("extract", trigger_rule="all_done"),
        stage("label"),
        stage("index"),
        stage("trends", DAY),
        stage("digest", DAY),
        stage("send", DAY, skip_on_exit_code=os.EX_CONFIG),  # nobody is to receive it
        check_sources(),
    )


langnghe_daily()
