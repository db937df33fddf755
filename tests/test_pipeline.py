"""The pipeline over the demonstration's outlets: real crawls, nothing lost, nothing twice, whatever is killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from demo.outlets import Forum, outlets, sites
from demo.server import Served, serve
from demo.texts import Remark
from langnghe.batches import batches_of
from langnghe.config import VIETNAM, CrawlSettings, IndexSettings, LabelSettings, Settings
from langnghe.documents import Document
from langnghe.index import open_index
from langnghe.stages import STAGES, crawl_all, digest, extract, index, label, pending, trends
from langnghe.workspace import Workspace

NOW = datetime.now(VIETNAM).replace(microsecond=0)


@pytest.fixture(scope="module")
def site() -> Iterator[Served]:
    with serve(sites(NOW)) as served:
        yield served


def installation(home: Path, site: Served) -> Workspace:
    crawl = CrawlSettings(proxy=site.proxy, max_seconds=60)
    labels = LabelSettings(tier="linear")  # the quick one: what is labelled matters here, not how well
    return Workspace(Settings(home=home, collection="demo", province="Đà Nẵng", crawl=crawl, labels=labels))


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory, site: Served) -> Path:
    """A home in which every outlet was crawled, and nothing else has happened."""
    home = tmp_path_factory.mktemp("crawled")
    work = installation(home, site)
    reports = list(crawl_all(work, list(work.sources.values()), NOW))
    assert {report.outcome for report in reports} == {"ok"}, reports
    return home


@pytest.fixture
def work(tmp_path: Path, crawled: Path, site: Served) -> Workspace:
    return installation(shutil.copytree(crawled, tmp_path / "home"), site)


def finish(work: Workspace) -> None:
    for batch in pending(work, "extract", NOW):
        extract(work, batch)
    for batch in pending(work, "label", NOW):
        label(work, batch)
    engine = open_index(work.settings)
    engine.setup()
    for batch in pending(work, "index", NOW):
        index(batch, engine)
    engine.close()


def indexed(work: Workspace) -> dict[str, Document]:
    engine = open_index(work.settings)
    found = {row["id"]: Document.model_validate(row) for row in engine.scan("documents", {"match_all": {}})}
    engine.close()
    return found


def remarks() -> Iterator[Remark]:
    """Every comment, reply and post of the outlets."""
    for outlet in outlets(NOW):
        if isinstance(outlet, Forum):
            yield from (post for thread in outlet.threads for post in thread.posts)
            continue
        for remark in (remark for story in outlet.stories for remark in story.comments):
            yield from (remark, *remark.replies)


def expected() -> Counter[str]:
    """How many documents of each kind the outlets hold."""
    forums = [outlet for outlet in outlets(NOW) if isinstance(outlet, Forum)]
    posts = sum(len(forum.threads) for forum in forums)
    articles = sum(len(outlet.stories) for outlet in outlets(NOW) if not isinstance(outlet, Forum))
    return Counter(article=articles, post=posts, comment=len(list(remarks())) - posts)


def test_every_text_of_the_outlets_is_found(work: Workspace) -> None:
    finish(work)
    found = indexed(work)
    assert Counter(document.kind for document in found.values()) == expected()
    assert {document.model for document in found.values()} == {"linear-1"}


def test_no_author_is_kept(work: Workspace) -> None:
    finish(work)
    kept = [
        file.read_text("utf8")
        for name in ("items", "documents")
        for file in work.batches.rglob(f"{name}.jsonl")
    ]
    authors = {remark.author for remark in remarks()}
    said = " ".join(f"{remark.text} {remark.quote}" for remark in remarks())
    said += " ".join(" ".join(story.body) for outlet in outlets(NOW)[:5] for story in outlet.stories)
    unsaid = {author for author in authors if author not in said and len(author) > 5}
    assert len(unsaid) > 50
    assert [author for author in unsaid if any(author in text for text in kept)] == []


def test_every_page_ends_as_an_item_a_reject_or_navigation(work: Workspace) -> None:
    finish(work)
    for batch in batches_of(work.batches, NOW.date()):
        report = batch.report("extract")
        assert report is not None
        assert report.counts["page"]["navigation"] <= report.inputs
        assert (
            report.outputs + sum(report.rejected.values()) + report.counts["page"]["navigation"]
            >= report.inputs
        )


def test_a_second_run_brings_nothing_twice(work: Workspace) -> None:
    finish(work)
    before = indexed(work)
    later = NOW + timedelta(minutes=1)
    reports = list(crawl_all(work, list(work.sources.values()), later))
    assert {report.outcome for report in reports} == {"ok"}, reports
    finish(work)
    after = indexed(work)
    assert set(after) == set(before)


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_stage_loses_and_doubles_nothing(
    work: Workspace, crawled: Path, site: Served, stage: str
) -> None:
    whole = installation(shutil.copytree(crawled, work.settings.home.parent / "whole"), site)
    finish(whole)
    environment = os.environ | {"LANGNGHE_HOME": str(work.settings.home), "LANGNGHE_COLLECTION": "demo"}
    environment |= {"LANGNGHE_PROVINCE": "Đà Nẵng", "LANGNGHE_LABELS__TIER": "linear"}
    for before in STAGES[: STAGES.index(stage)]:
        subprocess.run(
            [sys.executable, "-m", "langnghe", before], env=environment, check=True, capture_output=True
        )
    done = len(pending(work, stage, NOW))
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-m", "langnghe", stage],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        limit = time.monotonic() + 20
        # Killed as soon as it has finished one more batch: in the middle of the next.
        while process.poll() is None and len(pending(work, stage, NOW)) >= done and time.monotonic() < limit:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        done = len(pending(work, stage, NOW))
        if not done:
            break
    finish(work)
    assert indexed(work) == indexed(whole)


@pytest.mark.elastic
def test_elasticsearch_holds_the_same_and_tells_the_same(
    work: Workspace, elasticsearch: IndexSettings
) -> None:
    finish(work)
    for batch in batches_of(work.batches, NOW.date()):
        batch.path("index.json").unlink()
    settings = elasticsearch.model_copy(update={"prefix": "pipeline-"})
    cluster = Workspace(work.settings.model_copy(update={"index": settings}))
    finish(cluster)
    assert indexed(cluster) == indexed(work)
    told = []
    for each in (work, cluster):
        engine = open_index(each.settings)
        told.append((trends(each, engine, NOW.date()), digest(each, engine, NOW.date()).read_bytes()))
        engine.close()
    assert told[0] == told[1]
