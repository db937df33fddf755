"""The embedded engine among processes: turns, forks, kills, other fields."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from langnghe.config import VIETNAM
from langnghe.index.contract import IndexError_
from langnghe.index.embedded import EmbeddedIndex
from langnghe.query import count, counts

_AT = datetime(2026, 11, 20, 8, tzinfo=VIETNAM)


def _records(prefix: str, many: int, **more: Any) -> Iterator[dict[str, Any]]:
    for number in range(many):
        yield {"id": f"{prefix}{number}", "title": "Tin", "text": "Ngập nước", "published_at": _AT} | more


@pytest.fixture
def index(tmp_path: Path) -> EmbeddedIndex:
    index = EmbeddedIndex(tmp_path / "index")
    index.setup()
    return index


def _write_batches(folder: Path, prefix: str, batches: int) -> None:
    index = EmbeddedIndex(folder)
    for batch in range(batches):
        index.write("documents", _records(f"{prefix}-{batch}-", 20))


def test_several_processes_take_turns_to_write_while_others_read(index: EmbeddedIndex) -> None:
    assert index.folder is not None
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write_batches, args=(index.folder, name, 8)) for name in "abc"]
    for writer in writers:
        writer.start()
    seen = [0]
    while any(writer.is_alive() for writer in writers):
        seen.append(count(index))
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert seen == sorted(seen)
    assert all(total % 20 == 0 for total in seen)
    assert count(index) == 3 * 8 * 20


def test_an_index_opened_before_a_fork_works_on_both_sides(index: EmbeddedIndex) -> None:
    index.write("documents", _records("parent", 1))
    assert count(index) == 1
    child = multiprocessing.get_context("fork").Process(
        target=lambda: index.write("documents", _records("child", 2))
    )
    child.start()
    child.join(30)
    assert child.exitcode == 0
    assert count(index) == 3
    index.write("documents", _records("again", 1))
    assert count(index) == 4


def test_a_killed_write_leaves_what_was_there_and_frees_the_turn(index: EmbeddedIndex) -> None:
    index.write("documents", _records("before", 5))
    script = (
        "import sys, time; from pathlib import Path; from langnghe.index.embedded import EmbeddedIndex\n"
        "def records():\n"
        "    yield {'id': 'before0', 'title': 'Mới', 'text': 'Mới'}\n"
        "    print('writing', flush=True); time.sleep(60)\n"
        "EmbeddedIndex(Path(sys.argv[1])).write('documents', records())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(index.folder)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"writing\n"
        os.kill(writer.pid, signal.SIGKILL)
    before = index.get("documents", "before0")
    assert before is not None
    assert before["title"] == "Tin"
    assert index.write("documents", _records("after", 1)) == 1
    assert count(index) == 6


def test_a_writer_that_never_ends_is_named(index: EmbeddedIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("langnghe.index.generations._PATIENCE", 0.2)
    other = EmbeddedIndex(index.folder)

    def slow() -> Iterator[dict[str, Any]]:
        started = time.monotonic()
        with pytest.raises(IndexError_, match="another process has been writing"):
            other.write("documents", _records("x", 1))
        assert time.monotonic() - started < 10
        yield from _records("slow", 1)

    assert index.write("documents", slow()) == 1


def test_other_fields_ask_for_a_rebuild_which_keeps_the_records(index: EmbeddedIndex) -> None:
    assert index.folder is not None
    index.write("documents", _records("a", 30, topic="health"))
    index.close()
    stamp = index.folder / "documents-000001" / "fields.json"
    stamp.write_text(json.dumps("older"))
    for use in (lambda: count(index), lambda: index.write("documents", [])):
        with pytest.raises(IndexError_, match="langnghe reindex"):
            use()
    reader = EmbeddedIndex(index.folder)
    assert index.reindex("documents") == 30
    assert counts(reader, "topic") == {"health": 30}
    folders = {path.name for path in index.folder.iterdir() if path.is_dir()}
    assert folders == {"documents-000002", "crawl_runs-000001"}


def test_a_reader_follows_a_rebuild_in_another_process(index: EmbeddedIndex) -> None:
    index.write("documents", _records("a", 3))
    reader = EmbeddedIndex(index.folder)
    assert count(reader) == 3
    index.reindex("documents")
    index.write("documents", _records("b", 2))
    assert count(reader) == 5


def _rebuild(folder: Path, times: int) -> None:
    for _ in range(times):
        EmbeddedIndex(folder).reindex("documents")


def test_readers_do_not_notice_rebuilds_in_another_process(index: EmbeddedIndex) -> None:
    assert index.folder is not None
    index.write("documents", _records("a", 50))
    other = multiprocessing.get_context("spawn").Process(target=_rebuild, args=(index.folder, 15))
    other.start()
    reads = 0
    while other.is_alive():
        assert count(index) == 50
        assert len(list(index.scan("documents", {"match_all": {}}))) == 50
        reads += 1
    assert other.exitcode == 0
    assert reads > 15


def test_what_a_killed_rebuild_left_is_swept_away(index: EmbeddedIndex) -> None:
    assert index.folder is not None
    index.write("documents", _records("a", 3))
    (index.folder / "documents-000002").mkdir()
    assert index.reindex("documents") == 3
    assert count(index) == 3


def test_more_values_than_one_aggregation_holds_are_still_counted_exactly(index: EmbeddedIndex) -> None:
    words = [f"từ {number}" for number in range(70_000)]
    for part in range(2):
        records = (
            {"id": f"{part}-{n}", "title": "Tin", "text": "Tin", "keywords": [*words[n : n + 700], "chung"]}
            for n in range(0, 70_000, 700)
        )
        index.write("documents", records)
    found = counts(index, "keywords", size=9_999)
    assert list(found.items())[:2] == [("chung", 200), ("từ 0", 2)]
    assert len(found) == 9_999
    assert set(found.values()) == {200, 2}
