"""Elasticsearch: contract bodies are sent as they are; everything else is plain bulk, PIT and alias calls.

Nothing is asked of the server that a trial or restricted cluster may lack (reindex, delete by query, ingest);
a lifecycle policy is put where the server knows one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from elasticsearch import (
    ApiError,
    AuthenticationException,
    AuthorizationException,
    BadRequestError,
    Elasticsearch,
    NotFoundError,
    SSLError,
    TransportError,
)
from elasticsearch.helpers import BulkIndexError, streaming_bulk

from langnghe.config import IndexSettings
from langnghe.index.contract import Body, IndexError_, Source, check, check_query
from langnghe.index.fields import ALIASES, prepare, properties, stamp, template
from langnghe.log import logger

_PAGE = 1000
_SECONDS = 60


class ElasticIndex:
    """The contract on a cluster; `settings.prefix` goes before every name."""

    def __init__(self, settings: IndexSettings) -> None:
        self.settings = settings
        self.client = _client(settings)
        self._lifecycle = False
        self._checked: set[str] = set()

    def setup(self) -> None:
        """Put the templates and create the indices that are missing, each behind its alias."""
        with self._readable():
            self._put_templates()
            for alias in ALIASES:
                if not self.client.indices.exists_alias(name=self._name(alias)):
                    self._create(alias, f"{self._name(alias)}-000001", {self._name(alias): {}})
                self._check_fields(alias)

    def write(self, alias: str, records: Iterable[Mapping[str, Any]]) -> int:
        """Upsert records by their `id`, visible to searches when it returns; return how many were written."""
        with self._readable():
            self._check_fields(alias)
            count = self._bulk(self._name(alias), alias, records, require_alias=True)
            self.client.indices.refresh(index=self._name(alias))
        return count

    def search(self, alias: str, body: Body) -> Body:
        """Answer a contract body, sent as it is."""
        check(alias, body)
        with self._readable():
            self._check_fields(alias)
            answer: Body = self.client.search(index=self._name(alias), body=body).body
        return answer

    def get(self, alias: str, record_id: str) -> Source | None:
        """One record, or None."""
        with self._readable():
            self._check_fields(alias)
            try:
                source: Source = self.client.get(index=self._name(alias), id=record_id).body["_source"]
            except NotFoundError as error:
                if "error" in error.body:
                    raise
                return None
        return source

    def scan(self, alias: str, query: Body) -> Iterator[Source]:
        """Every record that matches, in no order, as they stood at the first of them."""
        check_query(alias, query)
        return self._scan(alias, query)

    def delete(self, alias: str, ids: Iterable[str]) -> int:
        """Delete records by id; return how many were there."""
        name = self._name(alias)
        actions = [{"_op_type": "delete", "_index": name, "_id": each} for each in dict.fromkeys(ids)]
        with self._readable():
            self._check_fields(alias)
            done = streaming_bulk(
                self.client, actions, raise_on_error=False, max_retries=3, require_alias=True
            )
            results = [answer["delete"] for _, answer in done]
            if refused := [each for each in results if each["status"] not in (200, 404)]:
                raise BulkIndexError(f"{len(refused)} deletions were refused", refused)
            self.client.indices.refresh(index=name)
        return sum(each["status"] == 200 for each in results)

    def reindex(self, alias: str) -> int:
        """Write every record into a new index with today's fields and swap it in; return how many."""
        known = properties(alias)
        with self._readable():
            self._put_templates()
            old = self._behind(alias)
            new = f"{self._name(alias)}-{int(old.rpartition('-')[2]) + 1:06}"
            self.client.indices.delete(index=new, ignore_unavailable=True)  # of a rebuild that was killed
            self._create(alias, new, {})
            self._block_writes(old, blocked=True)
            try:
                records = self._scan(alias, {"match_all": {}})
                kept = ({name: record[name] for name in record.keys() & known.keys()} for record in records)
                count = self._bulk(new, alias, kept)
                self.client.indices.refresh(index=new)
                self._swap(alias, old, new)
            except BaseException:
                self._block_writes(old, blocked=False)
                raise
        self._checked.discard(alias)
        return count

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _name(self, alias: str) -> str:
        properties(alias)
        return f"{self.settings.prefix}{alias}"

    def _put_templates(self) -> None:
        prefix = self.settings.prefix
        self.client.cluster.put_component_template(
            name=f"{prefix}component-documents", **template("component-documents")
        )
        for alias in ALIASES:
            index = template(f"index-{alias}")
            index["index_patterns"] = [f"{prefix}{pattern}" for pattern in index["index_patterns"]]
            index["composed_of"] = [f"{prefix}{name}" for name in index.get("composed_of", [])]
            self.client.indices.put_index_template(name=f"{prefix}{alias}", **index)
        try:
            self.client.ilm.put_lifecycle(name=f"{prefix}langnghe", **template("ilm-langnghe"))
            self._lifecycle = True
        except BadRequestError as error:
            if "no handler found" not in str(error):
                raise
            logger().info("index lifecycle policies are not on this server", url=self.settings.url)

    def _create(self, alias: str, name: str, aliases: Body) -> None:
        settings = {"index.lifecycle.name": f"{self.settings.prefix}langnghe"} if self._lifecycle else {}
        self.client.indices.create(
            index=name, aliases=aliases, settings=settings, mappings={"_meta": {"fields": stamp(alias)}}
        )

    def _behind(self, alias: str) -> str:
        """The one index that an alias names."""
        names: list[str] = list(self.client.indices.get_alias(name=self._name(alias)).body)
        if len(names) != 1:
            raise IndexError_(f"alias {self._name(alias)} names {names}: leave one, by the aliases API")
        return names[0]

    def _check_fields(self, alias: str) -> None:
        """Refuse an index that was made with other fields; asked once a process."""
        if alias in self._checked:
            return
        for name, index in self.client.indices.get_mapping(index=self._name(alias)).body.items():
            if index["mappings"].get("_meta", {}).get("fields") != stamp(alias):
                raise IndexError_(f"the index {name} was made with other fields: run `langnghe reindex`")
        self._checked.add(alias)

    def _bulk(self, name: str, alias: str, records: Iterable[Mapping[str, Any]], **options: Any) -> int:
        prepared = (prepare(alias, record) for record in records)
        actions = ({"_index": name, "_id": record["id"], "_source": record} for record in prepared)
        return sum(1 for _ in streaming_bulk(self.client, actions, max_retries=3, **options))

    def _scan(self, alias: str, query: Body) -> Iterator[Source]:
        with self._readable():
            pit = self.client.open_point_in_time(index=self._name(alias), keep_alive="5m")["id"]
            body: Body = {"query": query, "size": _PAGE, "sort": ["_shard_doc"], "track_total_hits": False}
            try:
                while True:
                    pointed = body | {"pit": {"id": pit, "keep_alive": "5m"}}
                    hits = self.client.search(body=pointed)["hits"]["hits"]
                    yield from (hit["_source"] for hit in hits)
                    if len(hits) < _PAGE:
                        return
                    body["search_after"] = hits[-1]["sort"]
            finally:
                self.client.close_point_in_time(id=pit)

    def _block_writes(self, name: str, *, blocked: bool) -> None:
        self.client.indices.put_settings(index=name, settings={"index.blocks.write": blocked})

    def _swap(self, alias: str, old: str, new: str) -> None:
        """Let the alias name the new index and remove the old one, in one step."""
        self.client.indices.update_aliases(
            actions=[
                {"add": {"index": new, "alias": self._name(alias)}},
                {"remove_index": {"index": old}},
            ]
        )

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Turn the client's errors into ones that say what to do."""
        url = self.settings.url
        try:
            yield
        except NotFoundError as error:
            raise IndexError_(f"the index is not set up at {url}: run `langnghe index setup`") from error
        except (AuthenticationException, AuthorizationException) as error:
            blocked = "cluster_block_exception" in str(error)
            raise IndexError_(
                _REBUILDING if blocked else f"{url} refuses us: {_REFUSED} ({error})"
            ) from error
        except SSLError as error:
            raise IndexError_(
                f"{url} has no certificate we trust: set `ca_certs` in [index] ({error})"
            ) from error
        except TransportError as error:
            raise IndexError_(
                f"no Elasticsearch at {url}: start it, or correct `url` in [index] ({error})"
            ) from error
        except BulkIndexError as error:
            first = str(error.errors[0])[:500]
            raise IndexError_(
                _REBUILDING if "cluster_block_exception" in first else f"{error}: {first}"
            ) from error
        except ApiError as error:
            raise IndexError_(f"{url} answers {error.status_code}: {error}") from error


_REBUILDING = "the index is being rebuilt: wait, or run `langnghe reindex` again where a rebuild was killed"
_REFUSED = "check `user` and `password` or `api_key` in [index], and the role's privileges"


def _client(settings: IndexSettings) -> Elasticsearch:
    key, password = settings.api_key.get_secret_value(), settings.password.get_secret_value()
    options: dict[str, Any] = {"ca_certs": str(settings.ca_certs)} if settings.ca_certs else {}
    if key:
        options["api_key"] = key
    elif settings.user:
        options["basic_auth"] = (settings.user, password)
    return Elasticsearch(
        settings.url, request_timeout=_SECONDS, retry_on_timeout=True, max_retries=3, **options
    )
