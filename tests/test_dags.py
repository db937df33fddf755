"""The DAG files: they parse, say what they are for, and are schedules only."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from demo.components import DAGS, environment

FILES = sorted(DAGS.glob("*.py"))
STAGES = ["sources", "crawl", "extract", "label", "index"]
CHAINS = {
    "langnghe_daily": [*STAGES, "trends", "digest", "send", "check_sources"],
    "langnghe_hourly": [*STAGES, "check_sources"],
}
# In a process of its own: importing Airflow sets up logging for everybody.
READ = """
import json, sys
from airflow.dag_processing.dagbag import DagBag

def task(read):
    return {
        "after": sorted(read.downstream_task_ids), "pool": read.pool, "retries": read.retries,
        "rule": read.trigger_rule.value, "seconds": read.execution_timeout.total_seconds(),
    }

def dag(read):
    return {
        "doc": read.doc_md, "active": read.max_active_runs, "catchup": read.catchup,
        "zone": str(read.timetable.timezone), "seconds": read.dagrun_timeout.total_seconds(),
        "tasks": {each.task_id: task(each) for each in read.tasks},
    }

bag = DagBag(sys.argv[1])
dags = {name: dag(read) for name, read in bag.dags.items()}
open(sys.argv[2], "w").write(json.dumps({"errors": bag.import_errors, "dags": dags}))
"""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_dag_file_imports_none_of_our_code(file: Path) -> None:
    nodes = list(ast.walk(ast.parse(file.read_text("utf8"))))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= {*sys.stdlib_module_names, "airflow"}


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow makes of the DAG files."""
    home = tmp_path_factory.mktemp("airflow")
    command = [sys.executable, "-c", READ, str(DAGS), str(home / "read.json")]
    subprocess.run(command, env=environment(home, "http://127.0.0.1:1"), check=True, capture_output=True)
    found: dict[str, Any] = json.loads((home / "read.json").read_text())
    return found


@pytest.fixture(params=CHAINS)
def dag(read: dict[str, Any], request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = read["dags"][request.param] | {"chain": CHAINS[request.param]}
    return found


@pytest.mark.airflow
def test_every_file_parses(read: dict[str, Any]) -> None:
    assert not read["errors"]
    assert sorted(read["dags"]) == sorted(CHAINS) == [file.stem for file in FILES]


@pytest.mark.airflow
def test_operators_read_what_comes_out_and_what_a_failure_means(dag: dict[str, Any]) -> None:
    assert all(part in dag["doc"] for part in ("Kết quả", "Khi hỏng", "English"))


@pytest.mark.airflow
def test_runs_follow_the_clock_of_vietnam_one_at_a_time(dag: dict[str, Any]) -> None:
    assert (dag["zone"], dag["active"], dag["catchup"]) == ("Asia/Ho_Chi_Minh", 1, False)


@pytest.mark.airflow
def test_the_stages_follow_each_other(dag: dict[str, Any]) -> None:
    links = [(name, after) for name, task in dag["tasks"].items() for after in task["after"]]
    assert sorted(links) == sorted(pairwise(dag["chain"]))


@pytest.mark.airflow
def test_only_a_failed_crawl_is_passed_over(dag: dict[str, Any]) -> None:
    rules = {name: task["rule"] for name, task in dag["tasks"].items() if task["rule"] != "all_success"}
    assert rules == {"extract": "all_done", "check_sources": "none_failed"}


@pytest.mark.airflow
def test_stages_are_repeated_and_crawls_are_not(dag: dict[str, Any]) -> None:
    once = {name for name, task in dag["tasks"].items() if not task["retries"]}
    assert once == {"crawl", "check_sources"}


@pytest.mark.airflow
def test_crawls_share_a_pool_and_everything_ends_in_time(dag: dict[str, Any]) -> None:
    assert {name for name, task in dag["tasks"].items() if task["pool"] == "crawl"} == {"crawl"}
    assert all(0 < task["seconds"] < dag["seconds"] for task in dag["tasks"].values())
