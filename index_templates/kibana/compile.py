"""Compile `langnghe.yml` into `langnghe.ndjson`, the saved objects that `langnghe kibana import` sends.

A developer's tool, run from the repository's root after a change of the YAML or of the label names:

    python3.12 -m venv var/kibana && var/kibana/bin/pip install --require-hashes -r requirements/kibana.txt
    PYTHONPATH=. var/kibana/bin/python index_templates/kibana/compile.py
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from kb_dashboard_core import load, render

from langnghe.web.words import STATUSES
from nlp.labels import NAMES

_FOLDER = Path(__file__).parent
_CORE = "8.8.0"
# The newest forms of these types that Kibana 8.19 and 9 both take; an older server refuses newer forms.
_DATA_VIEW = "8.0.0"
_SEARCH = "10.1.0"

Object = dict[str, Any]


def compiled() -> str:
    """The saved objects, what is referred to first, one a line."""
    source = _FOLDER / "langnghe.yml"
    described = yaml.safe_load(source.read_text(encoding="utf8"))
    objects = [
        _data_view(**described["data_view"]),
        _search(described["data_view"], **described["search"]),
        *(
            _dashboard(render(dashboard).model_dump(mode="json"), _filters(given["panels"]))
            for dashboard, given in zip(load(str(source)), described["dashboards"], strict=True)
        ),
    ]
    return "".join(f"{_json(each)}\n" for each in objects)


def _data_view(  # noqa: PLR0913 - the parts of the description
    *,
    id: str,  # noqa: A002 - Kibana's word
    title: str,
    name: str,
    time_field: str,
    labels: Mapping[str, str],
    names: Mapping[str, Mapping[str, str]],
    dates: list[str],
    links: list[str],
) -> Object:
    formats = (
        {field: _lookup(values) for field, values in (NAMES | names | {"status": STATUSES}).items()}
        | {field: {"id": "date", "params": {"pattern": "DD/MM/YYYY HH:mm"}} for field in dates}
        | {field: {"id": "url", "params": {"type": "a", "openLinkInCurrentTab": False}} for field in links}
    )
    attributes = {
        "title": title,
        "name": name,
        "timeFieldName": time_field,
        "fields": "[]",
        "fieldAttrs": _json({field: {"customLabel": label} for field, label in labels.items()}),
        "fieldFormatMap": _json(formats),
        "runtimeFieldMap": "{}",
        "sourceFilters": "[]",
        "typeMeta": "{}",
    }
    return _saved("index-pattern", id, attributes, [], _DATA_VIEW)


def _lookup(values: Mapping[str, str]) -> Object:
    entries = [{"key": key, "value": value} for key, value in values.items()]
    return {"id": "static_lookup", "params": {"lookupEntries": entries}}


def _search(data_view: Object, *, id: str, title: str, columns: list[str]) -> Object:  # noqa: A002
    index = "kibanaSavedObjectMeta.searchSourceJSON.index"
    source = {"filter": [], "indexRefName": index, "query": {"language": "kuery", "query": ""}}
    attributes = {
        "title": title,
        "description": "",
        "columns": columns,
        "sort": [[data_view["time_field"], "desc"]],
        "grid": {},
        "hideChart": True,
        "isTextBasedQuery": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _json(source)},
    }
    references = [{"id": data_view["id"], "name": index, "type": "index-pattern"}]
    return _saved("search", id, attributes, references, _SEARCH)


def _dashboard(rendered: Object, filters: Mapping[str, str]) -> Object:
    """The compiler's dashboard without the made-up history, its JSON texts sorted."""
    attributes = rendered["attributes"]
    panels = json.loads(attributes["panelsJSON"])
    attributes["panelsJSON"] = _json([_corrected(panel, filters) for panel in panels])
    version = rendered["typeMigrationVersion"]
    return _saved("dashboard", rendered["id"], attributes, rendered["references"], version)


def _corrected(panel: Object, filters: Mapping[str, str]) -> Object:
    """The panel without three faults of kb-dashboard-core 0.4.1, seen on 2026-11-25.

    It drops the filter of a counted column, so that a part would show the figure of the whole; it nests the
    largest values within each day, so that a value would be missing on the days when it is small; and it puts
    the panel's id before `panelRefName`, which Kibana compares with names of which it has taken the id off.
    """
    if "panelRefName" in panel:
        panel["panelRefName"] = panel["panelRefName"].removeprefix(f"{panel['panelIndex']}:")
        return panel
    state = panel["embeddableConfig"]["attributes"]["state"]
    for layer in state["datasourceStates"]["formBased"]["layers"].values():
        for key in layer["columns"].keys() & filters.keys():
            layer["columns"][key]["filter"] = {"language": "kuery", "query": filters[key]}
        layer["columnOrder"].sort(key=lambda key: _nesting(layer["columns"][key]))
    return panel


def _nesting(column: Object) -> int:
    if not column["isBucketed"]:
        return 2
    return 1 if column["operationType"] == "date_histogram" else 0


def _filters(panels: list[Object]) -> dict[str, str]:
    """The KQL of each counted column that has one, by the column's id."""
    columns = [column for panel in panels for column in panel.get("lens", {}).get("metrics", ())]
    return {column["id"]: column["filter"]["kql"] for column in columns if "filter" in column}


def _saved(kind: str, key: str, attributes: Object, references: list[Object], version: str) -> Object:
    return {
        "attributes": attributes,
        "coreMigrationVersion": _CORE,
        "id": key,
        "references": references,
        "type": kind,
        "typeMigrationVersion": version,
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


if __name__ == "__main__":
    (_FOLDER / "langnghe.ndjson").write_text(compiled(), encoding="utf8")
