"""What only an Elasticsearch cluster does: names, keys, certificates, refusals."""

from __future__ import annotations

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
from elasticsearch import Elasticsearch
from pydantic import SecretStr

from langnghe.config import VIETNAM, IndexSettings, Settings
from langnghe.index import open_index
from langnghe.index.contract import IndexError_
from langnghe.index.elastic import ElasticIndex
from langnghe.query import count, search_body

pytestmark = pytest.mark.elastic

_SERVER = Path(__file__).parent / "elasticsearch" / "server.py"
_AT = datetime(2026, 11, 20, 8, tzinfo=VIETNAM)


def _records(prefix: str, many: int, **more: Any) -> Iterator[dict[str, Any]]:
    for number in range(many):
        yield {"id": f"{prefix}{number}", "title": "Tin", "text": "Ngập nước", "published_at": _AT} | more


@pytest.fixture
def settings(elasticsearch: IndexSettings, request: pytest.FixtureRequest) -> IndexSettings:
    """A corner of the cluster for one test."""
    return elasticsearch.model_copy(update={"prefix": f"{abs(hash(request.node.name))}-"})


@pytest.fixture
def client(elasticsearch: IndexSettings) -> Iterator[Elasticsearch]:
    password = elasticsearch.password.get_secret_value()
    with Elasticsearch(
        elasticsearch.url,
        basic_auth=(elasticsearch.user, password),
        ca_certs=str(elasticsearch.ca_certs),
    ) as client:
        yield client


def test_the_engine_is_chosen_by_the_settings(settings: IndexSettings, tmp_path: Path) -> None:
    index = open_index(Settings(home=tmp_path, index=settings))
    index.setup()
    assert isinstance(index, ElasticIndex)
    assert list(tmp_path.iterdir()) == []


def test_setup_puts_the_templates_and_one_index_behind_each_alias(
    settings: IndexSettings, client: Elasticsearch
) -> None:
    ElasticIndex(settings).setup()
    prefix = settings.prefix
    for alias in ("documents", "crawl_runs"):
        assert list(client.indices.get_alias(name=f"{prefix}{alias}").body) == [f"{prefix}{alias}-000001"]
    mapping = client.indices.get_mapping(index=f"{prefix}documents")[f"{prefix}documents-000001"]["mappings"]
    assert mapping["dynamic"] == "strict"
    assert mapping["properties"]["title"]["fields"]["folded"]["analyzer"] == "folded"


def test_an_api_key_opens_the_index(settings: IndexSettings, client: Elasticsearch) -> None:
    ElasticIndex(settings).setup()
    key = client.security.create_api_key(name="langnghe")["encoded"]
    by_key = settings.model_copy(update={"user": "", "password": SecretStr(""), "api_key": SecretStr(key)})
    index = ElasticIndex(by_key)
    assert index.write("documents", _records("a", 2)) == 2
    assert count(index) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"url": "https://127.0.0.1:9"}, "start it, or correct `url`"),
        ({"password": SecretStr("wrong")}, "check `user` and `password`"),
        ({"ca_certs": None}, "set `ca_certs`"),
        ({"prefix": "never-set-up-"}, "run `langnghe index setup`"),
    ],
)
@pytest.mark.filterwarnings("ignore::elastic_transport.SecurityWarning")
def test_a_refusal_says_what_to_do(settings: IndexSettings, change: dict[str, Any], message: str) -> None:
    index = ElasticIndex(settings.model_copy(update=change))
    uses = [
        lambda: index.search("documents", search_body(size=0)),
        lambda: index.write("documents", _records("a", 1)),
        lambda: index.get("documents", "a0"),
        lambda: list(index.scan("documents", {"match_all": {}})),
        lambda: index.delete("documents", ["a0"]),
        lambda: index.reindex("documents"),
    ]
    for use in uses:
        with pytest.raises(IndexError_, match=message):
            use()


def test_a_rebuild_swaps_the_alias_and_removes_the_old_index(
    settings: IndexSettings, client: Elasticsearch
) -> None:
    index = ElasticIndex(settings)
    index.setup()
    index.write("documents", _records("a", 2500))
    name = f"{settings.prefix}documents"
    assert index.reindex("documents") == 2500
    assert list(client.indices.get(index=f"{name}*").body) == [f"{name}-000002"]
    assert list(client.indices.get_alias(name=name).body) == [f"{name}-000002"]
    index.write("documents", _records("b", 1))
    assert count(index) == 2501


def test_an_index_with_other_fields_asks_for_a_rebuild(
    settings: IndexSettings, client: Elasticsearch
) -> None:
    index = ElasticIndex(settings)
    index.setup()
    index.write("documents", _records("a", 3))
    name = f"{settings.prefix}documents"
    client.indices.put_mapping(index=name, meta={"fields": "older"})
    fresh = ElasticIndex(settings)
    with pytest.raises(IndexError_, match="run `langnghe reindex`"):
        count(fresh)
    assert fresh.reindex("documents") == 3
    assert count(fresh) == 3


def test_nobody_writes_into_an_index_that_is_being_rebuilt(
    settings: IndexSettings, client: Elasticsearch
) -> None:
    index = ElasticIndex(settings)
    index.setup()
    index.write("documents", _records("a", 3))
    client.indices.put_settings(
        index=f"{settings.prefix}documents", settings={"index.blocks.write": True}
    )  # as a rebuild that was killed leaves it
    for use in (
        lambda: index.write("documents", _records("b", 1)),
        lambda: index.delete("documents", ["a0"]),
    ):
        with pytest.raises(IndexError_, match="being rebuilt"):
            use()
    assert index.reindex("documents") == 3
    assert index.write("documents", _records("b", 1)) == 1


def test_a_rebuild_that_fails_leaves_the_index_as_it_was(
    settings: IndexSettings, client: Elasticsearch
) -> None:
    index = ElasticIndex(settings)
    index.setup()
    index.write("documents", _records("a", 3))
    client.index(index=f"{settings.prefix}documents", id="bad", document={"title": "no id"}, refresh=True)
    with pytest.raises(ValueError, match="without an id"):
        index.reindex("documents")
    assert index.write("documents", _records("b", 1)) == 1
    assert count(index) == 5


def test_a_scan_reads_more_than_one_page(settings: IndexSettings) -> None:
    index = ElasticIndex(settings)
    index.setup()
    index.write("documents", _records("a", 2000))
    assert len({record["id"] for record in index.scan("documents", {"match_all": {}})}) == 2000


def test_the_test_server_dies_with_who_asked_for_it(elasticsearch: IndexSettings) -> None:
    script = (
        "import subprocess, sys, time\nsubprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)\ntime.sleep(300)"
    )
    command = [sys.executable, "-c", script, sys.executable, str(_SERVER)]
    asker = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert asker.stdout is not None
    access = IndexSettings.model_validate_json(asker.stdout.readline())
    os.kill(asker.pid, signal.SIGKILL)
    asker.wait()
    deadline = time.monotonic() + 30
    while access.ca_certs and access.ca_certs.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not access.ca_certs.exists()
    with pytest.raises(IndexError_, match="no Elasticsearch at"):
        ElasticIndex(access.model_copy(update={"ca_certs": elasticsearch.ca_certs})).setup()


def test_where_java_is_missing_the_server_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(_SERVER)],
        env={"PATH": str(tmp_path), "LANGNGHE_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "`java` is missing" in done.stderr
