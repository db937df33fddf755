"""Which folder an alias names, changed in one step; and the turn to write, which processes take one by one.

```
<folder>/aliases.json           {"documents": "documents-000001", …}
<folder>/documents-000001/      one generation
<folder>/write.lock             held by the one process that writes
```
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from langnghe.batches import replaced
from langnghe.index.contract import IndexError_

_PATIENCE = 300.0
"""Seconds that a writer waits for its turn."""


def aliased(folder: Path, alias: str) -> Path | None:
    """The folder that an alias names, None before the first."""
    name = _aliases(folder).get(alias)
    return folder / name if name else None


def next_generation(folder: Path, alias: str) -> Path:
    """A new empty folder for an alias; what a killed rebuild left is swept away first."""
    current = aliased(folder, alias)
    for stale in folder.glob(f"{alias}-*"):
        if stale != current:
            shutil.rmtree(stale)
    number = int(current.name.rpartition("-")[2]) + 1 if current else 1
    made = folder / f"{alias}-{number:06}"
    made.mkdir()
    return made


def point(folder: Path, alias: str, generation: Path) -> None:
    """Let the alias name another generation, and remove the one it named."""
    before = aliased(folder, alias)
    with replaced(folder / "aliases.json") as part:
        part.write_text(json.dumps(_aliases(folder) | {alias: generation.name}))
    sync(folder)
    if before:
        shutil.rmtree(before)


def sync(folder: Path) -> None:
    """Have the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Wait until no other process writes, and keep it so; a killed process gives its turn back."""
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + _PATIENCE
    with (folder / "write.lock").open("w") as lock:
        while not _taken(lock.fileno()):
            if time.monotonic() > deadline:
                raise IndexError_(
                    f"another process has been writing to {folder} for {_PATIENCE:.0f} s: wait or end it"
                )
            time.sleep(0.05)
        yield


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _aliases(folder: Path) -> dict[str, str]:
    path = folder / "aliases.json"
    found: dict[str, str] = json.loads(path.read_bytes()) if path.exists() else {}
    return found
