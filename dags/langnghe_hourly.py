"""**Thu thập hằng giờ**: nghe các nguồn đã đến lượt và đưa văn bản mới vào chỉ mục.

Kết quả: lô mới trong `batches/` của `LANGNGHE_HOME`, văn bản mới trong chỉ mục, tình trạng từng nguồn.

Khi hỏng: văn bản mới tới chậm một giờ; lượt sau làm tiếp mọi lô còn dở của bảy ngày gần nhất, không mất gì.
Nguồn hỏng không chặn nguồn khác; bước cuối `check_sources` đỏ khi quá nhiều nguồn hỏng.

*English: crawls the due sources and indexes what is new. A failure delays documents by an hour; the next run
finishes what is pending.*
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from shlex import quote
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import CronTriggerTimetable, Param, chain, dag, task

PROGRAM = quote(str(Path(sys.executable).with_name("langnghe")))
# The operator gives its child a session of its own; the death signal reaches it also when the task is killed.
LANGNGHE = f"exec setpriv --pdeathsig TERM {PROGRAM} --log info"


def stage(verb: str, options: str = "", **rules: Any) -> BashOperator:
    """A task that is one verb of the command line."""
    return BashOperator(task_id=verb, bash_command=f"{LANGNGHE} {verb} {options}", **rules)


@dag(
    schedule=CronTriggerTimetable("0 * * * *", timezone="Asia/Ho_Chi_Minh", run_immediately=timedelta()),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=2),
    doc_md=__doc__,
    tags=["langnghe"],
    params={
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
def langnghe_hourly() -> None:
    """Crawl, understand, index."""
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
        check_sources(),
    )


langnghe_hourly()
