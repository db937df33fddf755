"""The fields of each alias, read from `index_templates/`, and records made ready for them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).parents[2] / "index_templates"
ALIASES = ("documents", "crawl_runs")

# Lucene refuses a term over 32,766 bytes; a code point takes four at most.
_LONGEST_KEYWORD = 8191
_TYPES: dict[str, type[Any]] = {"keyword": str, "text": str, "integer": int, "boolean": bool, "object": dict}


class RecordError(ValueError):
    """A record does not fit the fields of its alias; the message names the record and the field."""


def template(name: str) -> dict[str, Any]:
    """One file of `index_templates/`, `component-documents`."""
    content: dict[str, Any] = json.loads((TEMPLATES / f"{name}.json").read_text(encoding="utf8"))
    return content


@cache
def properties(alias: str) -> dict[str, dict[str, Any]]:
    """The mapping's properties of an alias, as in the template; LookupError for an unknown alias."""
    if alias not in ALIASES:
        raise LookupError(f"no alias {alias!r}; there are {', '.join(ALIASES)}")
    index = template(f"index-{alias}")
    parts = [*(template(name) for name in index.get("composed_of", ())), index]
    return {
        name: spec
        for part in parts
        for name, spec in part["template"].get("mappings", {}).get("properties", {}).items()
    }


@cache
def searchable(alias: str) -> dict[str, str]:
    """The type of everything a query may name, subfields included: `{"title.folded": "text", …}`."""
    found: dict[str, str] = {}
    for name, spec in properties(alias).items():
        if spec.get("index", True) and spec.get("enabled", True):
            found[name] = spec["type"]
            found |= {f"{name}.{sub}": what["type"] for sub, what in spec.get("fields", {}).items()}
    return found


def stamp(alias: str) -> str:
    """A fingerprint of the fields; an index that carries another one has to be rebuilt."""
    return hashlib.sha256(json.dumps(properties(alias), sort_keys=True).encode()).hexdigest()[:16]


def prepare(alias: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """The record as it is stored: JSON values, dates aware and cut to whole seconds, no unknown field."""
    known = properties(alias)
    if unknown := record.keys() - known.keys():
        raise RecordError(f"{alias} {record.get('id')!r}: unknown fields {sorted(unknown)}")
    if not isinstance(record.get("id"), str) or not record["id"]:
        raise RecordError(f"{alias}: a record without an id: {str(dict(record))[:200]}")
    try:
        return {name: _prepared(known[name], value) for name, value in record.items() if value is not None}
    except ValueError as error:
        raise RecordError(f"{alias} {record['id']!r}: {error}") from error


def _prepared(spec: Mapping[str, Any], value: Any) -> Any:
    kind = spec["type"]
    if kind == "date":
        return moment(value).isoformat()
    if kind == "keyword" and isinstance(value, list | tuple):
        return [_prepared(spec, each) for each in value]
    if not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
        raise ValueError(f"{value!r} is no {kind}")
    if kind == "keyword" and spec.get("index", True) and len(value) > _LONGEST_KEYWORD:
        raise ValueError(f"a keyword of {len(value)} letters: {value[:60]!r}…")
    return value


def moment(value: object) -> datetime:
    """An aware time in whole seconds, from a datetime or ISO text; ValueError when it has no offset."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(at, datetime):
        raise ValueError(f"{value!r} is no time")  # noqa: TRY004 - one error for every bad time
    if at.tzinfo is None:
        raise ValueError(f"{value!r} has no UTC offset")
    return at.replace(microsecond=0)
