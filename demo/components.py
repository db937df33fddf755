"""Airflow's components on loopback: started, awaited, spoken to by REST, and stopped without leftovers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import psutil  # type: ignore[import-untyped]  # comes with Airflow; has no types

DAGS = Path(__file__).parents[1] / "dags"
# The last one started is the first one stopped: running tasks report their end to the API server.
COMPONENTS = (("api-server",), ("dag-processor",), ("scheduler", "--skip-serve-logs"))
PATIENCE = 180
"""Seconds for all components to become healthy; 9 on an idle machine whose Python files are compiled."""
GRACE = 10
"""Seconds for a component to end by itself."""
USER = "admin"
_PREPARE = """
from airflow.models.pool import Pool
from airflow.utils.db import initdb
initdb()
Pool.create_or_update_pool("crawl", slots=3, description="Sources crawled at a time", include_deferred=False)
"""


class TaskState(NamedTuple):
    """A task of a run."""

    name: str
    state: str | None
    """None while it waits for the tasks before it."""
    part: str | None
    """Of a mapped task: the source."""


@dataclass(frozen=True)
class Airflow:
    """Running components."""

    address: str
    user: str
    password: str
    logs: Path
    api: httpx.Client
    """Logged in; paths are relative to `/api/v2/`."""


@contextmanager
def airflow(home: Path, settings: Mapping[str, str], say: Callable[[str], None] = print) -> Iterator[Airflow]:
    """Run api-server, dag-processor and scheduler until the block ends; `say` hears what is awaited."""
    home.mkdir(parents=True, exist_ok=True)
    password = _password(home / "passwords.json")
    address = f"http://127.0.0.1:{free_port()}"
    env = {**environment(home, address), **settings}
    say("chuẩn bị cơ sở dữ liệu")
    subprocess.run([sys.executable, "-c", _PREPARE], env=env, check=True, capture_output=True)
    with ExitStack() as running:
        since = datetime.now(UTC)
        processes = [running.enter_context(_component(name, home, env)) for name in COMPONENTS]
        api = running.enter_context(httpx.Client(base_url=f"{address}/api/v2/", timeout=60))
        _await_health(api, processes, since, say)
        api.headers["Authorization"] = f"Bearer {_token(address, password)}"
        yield Airflow(address, USER, password, home, api)


def environment(home: Path, address: str) -> dict[str, str]:
    """This process's environment, `dags/airflow.env`, and what belongs to one start: paths, port, secrets."""
    lines = (line.strip() for line in (DAGS / "airflow.env").read_text("utf8").splitlines())
    fixed = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    # Without compiled files every task's process pays two seconds for its imports.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **inherited,
        **fixed,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__PORT": address.rpartition(":")[2],
        "AIRFLOW__API__SECRET_KEY": token_urlsafe(64),
        "AIRFLOW__API_AUTH__JWT_SECRET": token_urlsafe(64),
    }


def free_port(preferred: int = 8090) -> int:
    """A loopback port that nobody listens on; the preferred one where it is free."""
    for port in (preferred, 0):
        with suppress(OSError), closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", port))
            found: int = probe.getsockname()[1]
            return found
    raise OSError("no free port on 127.0.0.1")


def start_run(api: httpx.Client, dag: str, conf: Mapping[str, Any]) -> str:
    """Unpause a DAG and start a run of it; return the run's path below `/api/v2/`."""
    path = f"dags/{dag}"
    _until(lambda: _parsed(api, path), f"no DAG {dag}")
    _ok(api.patch(path, json={"is_paused": False}))
    run = _ok(api.post(f"{path}/dagRuns", json={"logical_date": None, "conf": conf}))
    return f"{path}/dagRuns/{quote(run['dag_run_id'], safe='')}"


def _parsed(api: httpx.Client, dag: str) -> bool:
    """Whether a DAG's file has been read; RuntimeError where one cannot be."""
    if errors := _ok(api.get("importErrors"))["import_errors"]:
        raise RuntimeError("\n".join(f"{error['filename']}: {error['stack_trace']}" for error in errors))
    return api.get(dag).status_code == 200


def follow(api: httpx.Client, run: str) -> Iterator[list[TaskState]]:
    """Yield the states of a run's tasks every second until the run has ended."""
    while True:
        ended = _ok(api.get(run))["state"] in ("success", "failed")
        found = _ok(api.get(f"{run}/taskInstances?limit=200&order_by=start_date"))["task_instances"]
        yield [TaskState(each["task_id"], each["state"], each["rendered_map_index"]) for each in found]
        if ended:
            return
        time.sleep(1)


def _password(file: Path) -> str:
    """The password of the one user, made at the first start; readable by its owner alone."""
    if not file.exists():
        file.touch(0o600)
        file.write_text(json.dumps({USER: token_urlsafe(9)}))
    password: str = json.loads(file.read_text())[USER]
    return password


@contextmanager
def _component(
    command: Sequence[str], home: Path, env: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """One component in a session of its own, so that Ctrl+C in the terminal leaves the order to us."""
    argv = ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "airflow", *command]
    with (home / f"{command[0]}.log").open("wb") as log:
        process = subprocess.Popen(argv, env=env, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a component and all that it started.

    One SIGTERM: at a second one the scheduler hangs (3.3.2, 2026-11-21). Tasks stand in process groups of
    their own and outlive a killed scheduler, so each process is killed by itself.
    """
    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.kill()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _await_health(
    api: httpx.Client,
    processes: Sequence[subprocess.Popen[bytes]],
    since: datetime,
    say: Callable[[str], None],
) -> None:
    """Wait for heartbeats of this start: those of the start before count as healthy for half a minute."""

    def healthy() -> bool:
        if ended := [process.args for process in processes if process.poll() is not None]:
            raise RuntimeError(f"ended by itself: {ended[0]!r}")
        with suppress(httpx.TransportError):
            seen = api.get("monitor/health").json()
            beats = {
                "scheduler": seen["scheduler"]["latest_scheduler_heartbeat"],
                "dag-processor": seen["dag_processor"]["latest_dag_processor_heartbeat"],
            }
            missing = [name for name, at in beats.items() if not at or datetime.fromisoformat(at) < since]
            say(f"đợi {', '.join(missing) or 'DAG'}")
            return not missing
        say("đợi api-server")
        return False

    _until(healthy, "Airflow's components are not healthy")


def _until(condition: Callable[[], bool], failure: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{failure} after {PATIENCE} s")
        time.sleep(0.5)


def _token(address: str, password: str) -> str:
    login = httpx.post(f"{address}/auth/token", json={"username": USER, "password": password}, timeout=60)
    token: str = _ok(login)["access_token"]
    return token


def _ok(response: httpx.Response) -> dict[str, Any]:
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer
