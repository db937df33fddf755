"""Real components that several test modules share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from langnghe.config import IndexSettings
from nlp.corpora import DataMissingError, data_folder

_SERVER = Path(__file__).parent / "elasticsearch" / "server.py"


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[IndexSettings]:
    """How to reach a real Elasticsearch that runs until the tests end; skips where it cannot be had."""
    command = [sys.executable, str(_SERVER)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stderr is not None
        access = server.stdout.readline()
        if not access:
            reason = f"no Elasticsearch: {server.stderr.read().strip()}"
            if server.wait() == 3 and not os.environ.get("CI"):
                pytest.skip(reason)
            pytest.fail(reason)
        yield IndexSettings(engine="elastic", **json.loads(access))
        server.stdin.close()


@pytest.fixture(scope="session")
def folder() -> Path:
    """The training data; skips where there are none."""
    try:
        return data_folder()
    except DataMissingError as missing:
        pytest.skip(str(missing))
