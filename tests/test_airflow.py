"""The demonstration through Airflow's real api-server, scheduler and dag-processor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from demo.components import Airflow, airflow, follow, free_port, start_run
from demo.outlets import Forum, outlets, sites
from demo.server import NOT_FOUND, Site, serve
from langnghe.config import VIETNAM, Settings
from langnghe.index import open_index

pytestmark = pytest.mark.airflow

NOW = datetime.now(VIETNAM)
BROKEN = "demo_cong"
MAIL = """
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "langnghe@danang.example"
recipients = ["chu.tich@danang.example"]
"""


@dataclass(frozen=True)
class Installation:
    """Airflow over the demonstration's outlets."""

    root: Path
    running: Airflow
    down: set[str]
    """Hosts that answer nothing but 404."""


@dataclass(frozen=True)
class Run:
    """What became of a run of a DAG."""

    state: str
    stages: Mapping[str, str | None]
    sources: Mapping[str | None, str | None]
    indexed: Mapping[str, int]
    """Articles and opening posts in the index, by source."""


class Inbox:
    """Takes every mail."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(envelope.content)
        return "250 OK"


def breakable(host: str, site: Site, down: set[str]) -> Site:
    return lambda path: NOT_FOUND if host in down else site(path)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    root = tmp_path_factory.mktemp("airflow")
    down: set[str] = set()
    with serve({host: breakable(host, site, down) for host, site in sites(NOW).items()}) as served:
        settings = {
            "LANGNGHE_HOME": str(root / "home"),
            "LANGNGHE_CONFIG": str(root / "langnghe.toml"),
            "LANGNGHE_COLLECTION": "demo",
            "LANGNGHE_PROVINCE": "Đà Nẵng",
            "LANGNGHE_CRAWL__PROXY": served.proxy,
        }
        with airflow(root / "airflow", settings) as running:
            yield Installation(root, running, down)


def run(installation: Installation, dag: str, **conf: Any) -> Run:
    """Run a DAG to its end."""
    api = installation.running.api
    path = start_run(api, dag, conf)
    *_, tasks = follow(api, path)
    index = open_index(Settings(home=installation.root / "home"))
    texts = {"terms": {"kind": ["article", "post"]}}
    found = list(index.scan("documents", {"bool": {"filter": [texts]}}))
    index.close()
    return Run(
        state=api.get(path).json()["state"],
        stages={task.name: task.state for task in tasks if task.name != "crawl"},
        sources={task.part: task.state for task in tasks if task.name == "crawl"},
        indexed=Counter(document["source"] for document in found),
    )


@pytest.fixture(scope="module")
def broken_run(installation: Installation) -> Run:
    """The first run: one outlet is broken, and nobody is to receive the digest."""
    installation.down.update(outlet.host for outlet in outlets(NOW) if outlet.slug == BROKEN)
    return run(installation, "langnghe_daily", day=NOW.date().isoformat(), tolerated=0)


@pytest.fixture(scope="module")
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture(scope="module")
def whole_run(installation: Installation, broken_run: Run, inbox: Inbox) -> Run:
    """The second run: the outlet is back, and the digest has a recipient."""
    installation.down.clear()
    server = Controller(inbox, hostname="127.0.0.1", port=free_port(0))
    server.start()
    (installation.root / "langnghe.toml").write_text(MAIL.format(port=server.port))
    try:
        return run(installation, "langnghe_daily", day=NOW.date().isoformat(), due=False, tolerated=0)
    finally:
        server.stop()


def everything() -> dict[str, int]:
    """How many articles, or threads, each outlet has."""
    return {
        outlet.slug: len(outlet.threads if isinstance(outlet, Forum) else outlet.stories)
        for outlet in outlets(NOW)
    }


def test_a_broken_source_makes_only_the_last_task_fail(broken_run: Run) -> None:
    assert broken_run.state == "failed"
    assert {slug for slug, state in broken_run.sources.items() if state != "success"} == {BROKEN}
    assert {name for name, state in broken_run.stages.items() if state == "failed"} == {"check_sources"}


def test_a_broken_source_costs_only_its_own_documents(broken_run: Run) -> None:
    assert broken_run.indexed == {slug: count for slug, count in everything().items() if slug != BROKEN}


def test_a_digest_without_recipients_is_written_and_not_sent(
    installation: Installation, broken_run: Run
) -> None:
    assert (broken_run.stages["digest"], broken_run.stages["send"]) == ("success", "skipped")
    assert (installation.root / "home" / "reports" / NOW.date().isoformat() / "digest.html").exists()


def test_every_source_is_crawled_under_its_name_and_indexed(whole_run: Run) -> None:
    assert whole_run.state == "success"
    assert whole_run.sources == dict.fromkeys(everything(), "success")
    assert whole_run.indexed == everything()


def test_the_digest_reaches_its_recipient(whole_run: Run, inbox: Inbox) -> None:
    assert set(whole_run.stages.values()) == {"success"}
    assert len(inbox.mails) == 1


def test_an_hour_in_which_no_source_is_due_succeeds(installation: Installation, whole_run: Run) -> None:
    hourly = run(installation, "langnghe_hourly")
    assert hourly.state == "success"
    assert list(hourly.sources.values()) == ["skipped"]
    assert hourly.indexed == whole_run.indexed
