"""The embedded engine: tantivy in one folder. Many processes may read; writers take turns.

```
<folder>/aliases.json           {"documents": "documents-000001", …}
<folder>/documents-000001/      a tantivy index; fields.json: the fingerprint of the fields it has
<folder>/write.lock             held by the one process that writes
```
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

import tantivy

from langnghe.batches import replaced
from langnghe.index.contract import Body, IndexError_, Source, check, check_query
from langnghe.index.fields import ALIASES, prepare, properties, stamp
from langnghe.index.interpret import Interpreter
from langnghe.index.schema import ANALYZERS, document, schema

_HEAP = 64_000_000
_PATIENCE = 300.0
"""Seconds that a writer waits for its turn."""


@dataclass
class _Opened:
    """A tantivy index as this process sees it."""

    index: tantivy.Index
    folder: Path | None
    pid: int
    seen: tuple[int, int] = (0, 0)
    """Inode and time of the commit that the searcher shows."""


class EmbeddedIndex:
    """The contract on tantivy, in a folder; without a folder in memory, for tests."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._opened: dict[str, _Opened] = {}
        self._turn = RLock()
        self._opening = RLock()

    def setup(self) -> None:
        """Create the indices that are missing."""
        with self._writing():
            for alias in ALIASES:
                if self.folder is None:
                    self._opened.setdefault(alias, _Opened(_made(alias, None), None, os.getpid()))
                elif alias not in self._aliases():
                    self._point(alias, self._next_generation(alias))

    def write(self, alias: str, records: Iterable[Mapping[str, Any]]) -> int:
        """Upsert records by their `id`; all of them become visible together when it returns."""
        with self._writing():
            return self._fill(self._open(alias), alias, records)

    def search(self, alias: str, body: Body) -> Body:
        """Answer a contract body in Elasticsearch's response shape."""
        check(alias, body)
        return self._interpreter(alias).answer(body)

    def get(self, alias: str, record_id: str) -> Source | None:
        """One record, or None."""
        return next(self.scan(alias, {"bool": {"filter": [{"ids": {"values": [record_id]}}]}}), None)

    def scan(self, alias: str, query: Body) -> Iterator[Source]:
        """Every record that matches, in no order, as they stood at the call."""
        check_query(alias, query)
        return self._interpreter(alias).sources(query)

    def delete(self, alias: str, ids: Iterable[str]) -> int:
        """Delete records by id; return how many were there."""
        wanted = list(dict.fromkeys(ids))
        with self._writing():
            opened = self._open(alias)
            there = sum(1 for _ in self.scan(alias, {"bool": {"filter": [{"ids": {"values": wanted}}]}}))
            if there:
                with _committed(opened) as writer:
                    for record_id in wanted:
                        writer.delete_documents_by_term("id", record_id)
        return there

    def reindex(self, alias: str) -> int:
        """Write every record into a new index with today's fields and swap it in; return how many."""
        known = properties(alias)
        with self._writing():
            folder = self._aliased(alias)
            old = _opened(folder) if folder else self._open(alias)
            searcher = Interpreter(alias, old.index.schema, _current(old))
            records = searcher.sources({"match_all": {}})
            kept = ({name: record[name] for name in record.keys() & known.keys()} for record in records)
            if self.folder is None:
                self._opened[alias] = new = _Opened(_made(alias, None), None, os.getpid())
                return self._fill(new, alias, kept)
            folder = self._next_generation(alias)
            count = self._fill(_opened(folder), alias, kept)
            self._point(alias, folder)
            return count

    def close(self) -> None:
        """Let go of the files."""
        if self.folder is not None:
            self._opened.clear()

    def _fill(self, opened: _Opened, alias: str, records: Iterable[Mapping[str, Any]]) -> int:
        count = 0
        with _committed(opened) as writer:
            for record in records:
                prepared = prepare(alias, record)
                writer.delete_documents_by_term("id", prepared["id"])
                writer.add_document(document(alias, prepared))
                count += 1
        return count

    def _interpreter(self, alias: str) -> Interpreter:
        opened = self._open(alias)
        return Interpreter(alias, opened.index.schema, _current(opened))

    def _open(self, alias: str) -> _Opened:
        """The index behind an alias, opened anew after a fork or a swap."""
        properties(alias)
        with self._opening:
            folder = self._aliased(alias)
            opened = self._opened.get(alias)
            if opened and opened.folder == folder and opened.pid == os.getpid():
                return opened
            if folder is None:
                raise IndexError_("the index is not set up: run `langnghe index setup`")
            try:
                opened = _opened(folder)
            except (OSError, ValueError):
                if folder != self._aliased(alias):  # swapped and removed meanwhile
                    return self._open(alias)
                raise
            if json.loads((folder / "fields.json").read_bytes()) != stamp(alias):
                raise IndexError_(f"the index {folder} was made with other fields: run `langnghe reindex`")
            self._opened[alias] = opened
            return opened

    def _aliases(self) -> dict[str, str]:
        path = self.folder / "aliases.json" if self.folder else None
        found: dict[str, str] = json.loads(path.read_bytes()) if path and path.exists() else {}
        return found

    def _aliased(self, alias: str) -> Path | None:
        name = self._aliases().get(alias)
        return self.folder / name if self.folder and name else None

    def _next_generation(self, alias: str) -> Path:
        """A new empty index; what a killed rebuild left is swept away first."""
        assert self.folder is not None  # noqa: S101
        name = self._aliases().get(alias)
        for stale in self.folder.glob(f"{alias}-*"):
            if stale.name != name:
                shutil.rmtree(stale)
        folder = self.folder / f"{alias}-{int(name.rpartition('-')[2]) + 1 if name else 1:06}"
        folder.mkdir()
        _made(alias, folder)
        with replaced(folder / "fields.json") as part:
            part.write_text(json.dumps(stamp(alias)))
        return folder

    def _point(self, alias: str, folder: Path) -> None:
        """Let the alias name another index, in one step, and remove the one it named."""
        assert self.folder is not None  # noqa: S101
        before = self._aliased(alias)
        with replaced(self.folder / "aliases.json") as part:
            part.write_text(json.dumps(self._aliases() | {alias: folder.name}))
        _sync(self.folder)
        self._opened.pop(alias, None)
        if before:
            shutil.rmtree(before)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Wait for the turn to write, among threads and processes."""
        with self._turn:
            if self.folder is None:
                yield
                return
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "write.lock").open("w") as lock:
                _wait_for(lock.fileno(), self.folder)
                yield


def _made(alias: str, folder: Path | None) -> tantivy.Index:
    index = tantivy.Index(schema(alias), path=str(folder) if folder else None)
    _register(index)
    return index


def _opened(folder: Path) -> _Opened:
    index = tantivy.Index.open(str(folder))
    index.config_reader("manual")
    _register(index)
    return _Opened(index, folder, os.getpid())


def _register(index: tantivy.Index) -> None:
    for name, analyzer in ANALYZERS.items():
        index.register_tokenizer(name, analyzer)


def _current(opened: _Opened) -> tantivy.Searcher:
    """A searcher that shows the latest commit, whichever process made it."""
    if opened.folder is None:
        opened.index.reload()
        return opened.index.searcher()
    status = (opened.folder / "meta.json").stat()
    commit = (status.st_ino, status.st_mtime_ns)
    if commit != opened.seen:
        opened.index.reload()
        opened.seen = commit
    return opened.index.searcher()


@contextmanager
def _committed(opened: _Opened) -> Iterator[tantivy.IndexWriter]:
    """A writer whose changes are all committed and on disk when the block ends well, else none."""
    writer = opened.index.writer(_HEAP, 1)
    try:
        yield writer
        writer.commit()
    except BaseException:
        writer.rollback()
        raise
    finally:
        writer.wait_merging_threads()
    if opened.folder:
        _sync(opened.folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _wait_for(lock: int, folder: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise IndexError_(
                    f"another process has been writing to {folder} for {_PATIENCE:.0f} s: wait or end it"
                ) from None
            time.sleep(0.05)
        else:
            return
