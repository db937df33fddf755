"""The embedded engine: tantivy in one folder. Many processes may read; writers take turns."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

import tantivy

from langnghe.index.contract import Body, IndexError_, Source, check, check_query
from langnghe.index.fields import ALIASES, prepare, properties, stamp
from langnghe.index.generations import aliased, next_generation, point, sync, turn
from langnghe.index.interpret import Interpreter
from langnghe.index.schema import ANALYZERS, document, schema

_HEAP = 64_000_000


@dataclass
class _Opened:
    """A tantivy index as this process sees it."""

    index: tantivy.Index
    folder: Path | None
    pid: int
    seen: tuple[int, int] = (0, 0)
    """Inode and time of the commit that its searcher shows."""


class EmbeddedIndex:
    """The contract on tantivy, in a folder; without a folder in memory, for tests."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._opened: dict[str, _Opened] = {}
        self._opening = RLock()
        self._turn = RLock()

    def setup(self) -> None:
        """Create the indices that are missing."""
        with self._writing():
            for alias in ALIASES:
                if self.folder is None:
                    self._opened.setdefault(alias, _made(alias, None))
                elif aliased(self.folder, alias) is None:
                    made = _made(alias, next_generation(self.folder, alias))
                    self._swap_in(alias, made)

    def write(self, alias: str, records: Iterable[Mapping[str, Any]]) -> int:
        """Upsert records by their `id`; all of them become visible together when it returns."""
        with self._writing():
            return _fill(self._open(alias), alias, records)

    def search(self, alias: str, body: Body) -> Body:
        """Answer a contract body in Elasticsearch's response shape."""
        check(alias, body)
        return self._read(alias).answer(body)

    def get(self, alias: str, record_id: str) -> Source | None:
        """One record, or None."""
        return next(self.scan(alias, _ids([record_id])), None)

    def scan(self, alias: str, query: Body) -> Iterator[Source]:
        """Every record that matches, in no order, as they stood at the call."""
        check_query(alias, query)
        return self._read(alias).sources(query)

    def delete(self, alias: str, ids: Iterable[str]) -> int:
        """Delete records by id; return how many were there."""
        with self._writing():
            there = [source["id"] for source in self.scan(alias, _ids(list(ids)))]
            if there:
                with _committed(self._open(alias)) as writer:
                    for record_id in there:
                        writer.delete_documents_by_term("id", record_id)
        return len(there)

    def reindex(self, alias: str) -> int:
        """Write every record into a new index with today's fields and swap it in; return how many."""
        known = properties(alias)
        with self._writing():
            current = aliased(self.folder, alias) if self.folder else None
            old = _at(current) if current else self._open(alias)
            records = _interpreter(alias, old).sources({"match_all": {}})
            kept = ({name: record[name] for name in record.keys() & known.keys()} for record in records)
            new = _made(alias, next_generation(self.folder, alias) if self.folder else None)
            count = _fill(new, alias, kept)
            self._swap_in(alias, new)
            return count

    def close(self) -> None:
        """Let go of the files."""
        if self.folder is not None:
            self._opened.clear()

    def _open(self, alias: str) -> _Opened:
        """The index behind an alias, opened anew after a fork or a swap."""
        properties(alias)
        with self._opening:
            current = aliased(self.folder, alias) if self.folder else None
            opened = self._opened.get(alias)
            if opened and opened.folder == current and (current is None or opened.pid == os.getpid()):
                return opened
            if current is None:
                raise IndexError_("the index is not set up: run `langnghe index setup`")
            if json.loads((current / "fields.json").read_bytes()) != stamp(alias):
                raise IndexError_(f"the index {current} was made with other fields: run `langnghe reindex`")
            self._opened[alias] = opened = _at(current)
            return opened

    def _read(self, alias: str) -> Interpreter:
        """Over the latest commit; begun anew where a rebuild removes the files under our hands."""
        while True:
            current = aliased(self.folder, alias) if self.folder else None
            try:
                return _interpreter(alias, self._open(alias))
            except (OSError, ValueError):
                if self.folder is None or current == aliased(self.folder, alias):
                    raise

    def _swap_in(self, alias: str, made: _Opened) -> None:
        with self._opening:
            if self.folder and made.folder:
                point(self.folder, alias, made.folder)
            self._opened[alias] = made

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Wait for the turn to write, among threads and processes."""
        with self._turn:
            if self.folder is None:
                yield
                return
            with turn(self.folder):
                yield


def _ids(ids: list[str]) -> Body:
    return {"bool": {"filter": [{"ids": {"values": ids}}]}}


def _made(alias: str, folder: Path | None) -> _Opened:
    """A new index with today's fields, whose fingerprint lies beside it."""
    index = tantivy.Index(schema(alias), path=str(folder) if folder else None)
    if folder:
        (folder / "fields.json").write_text(json.dumps(stamp(alias)))
    return _Opened(_registered(index), folder, os.getpid())


def _at(folder: Path) -> _Opened:
    return _Opened(_registered(tantivy.Index.open(str(folder))), folder, os.getpid())


def _registered(index: tantivy.Index) -> tantivy.Index:
    index.config_reader("manual")
    for name, analyzer in ANALYZERS.items():
        index.register_tokenizer(name, analyzer)
    return index


def _interpreter(alias: str, opened: _Opened) -> Interpreter:
    """Over a searcher that shows the latest commit, whichever process made it."""
    commit = (0, 0)
    if opened.folder:
        status = (opened.folder / "meta.json").stat()
        commit = (status.st_ino, status.st_mtime_ns)
    if commit != opened.seen or opened.folder is None:
        opened.index.reload()
        opened.seen = commit
    return Interpreter(alias, opened.index.schema, opened.index.searcher())


def _fill(opened: _Opened, alias: str, records: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    with _committed(opened) as writer:
        for record in records:
            prepared = prepare(alias, record)
            writer.delete_documents_by_term("id", prepared["id"])
            writer.add_document(document(alias, prepared))
            count += 1
    return count


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
        sync(opened.folder)
