"""What the wards and communes until 2025-06-30 became: reads and builds `data/communes.tsv`.

Built by hand from the package vietnamadminunits (MIT), `python -m nlp.communes FILE.whl`, when it brings a
new list; the product only reads the table.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from nlp.gazetteer import unit_name
from nlp.mentions import key
from nlp.text import normalise

_HEADER = """\
# Vietnam's wards, communes and townships on two clocks.
# A line of a former district: province today, former province, district, and `ward=what it is part of since
# 2025-07-01` (nothing: divided; no `=`: the same name). A line of today: province, two empty columns, units.
# Made by nlp/communes.py from the package vietnamadminunits (MIT, Copyright (c) 2025 Tran Ngoc Minh Hieu).
"""


class Ward(NamedTuple):
    """A ward, commune or township until 2025-06-30."""

    name: str
    """With its kind, `Phường Mân Thái`."""
    district: str
    former: str
    """The province then."""
    today: str
    """The unit it became part of, with its kind; empty when it was divided."""


class Communes(NamedTuple):
    """The units of one province of today, by the key of their names without the kind."""

    then: Mapping[str, tuple[Ward, ...]]
    now: Mapping[str, tuple[str, ...]]
    districts: Mapping[str, tuple[tuple[str, str], ...]]
    """Key → (district with its kind, former province)."""


@cache
def communes() -> Mapping[str, Communes]:
    """The table by province of today."""
    found: dict[str, Communes] = defaultdict(lambda: Communes({}, {}, {}))
    text = files("nlp").joinpath("data/communes.tsv").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        today, former, district, names = line.split("\t")
        province = found[today]
        if not district:
            for name in names.split(";"):
                _add(province.now, bare(name), name)
            continue
        _add(province.districts, bare(district), (district, former))
        for pair in names.split(";"):
            name, equals, became = pair.partition("=")
            _add(province.then, bare(name), Ward(name, district, former, became if equals else name))
    return dict(found)


def _add(table: Any, name: str, value: object) -> None:
    table[name] = (*table.get(name, ()), value)


_KINDS = ("Phường ", "Xã ", "Thị trấn ", "Đặc khu ", "Quận ", "Huyện ", "Thị xã ", "Thành phố ")


def bare(name: str) -> str:
    """The key of a name without its kind."""
    return key(name.removeprefix(kind_of(name)))


def kind_of(name: str) -> str:
    """The kind that a name begins with, `Phường `; empty when there is none."""
    return next((kind for kind in _KINDS if name.startswith(kind)), "")


def read(database: Path, converter: Mapping[str, Any]) -> Iterable[tuple[str, str, str, str]]:
    """The lines of the table."""
    with sqlite3.connect(database) as connection:
        new = connection.execute(
            "SELECT provinceKey, provinceShort, wardKey, ward FROM admin_units"
        ).fetchall()
        old = connection.execute(
            "SELECT provinceKey, provinceShort, district, districtKey, ward, wardKey FROM admin_units_legacy"
            " WHERE ward IS NOT NULL"
        ).fetchall()
    names = {(province, ward): normalise(name) for province, _, ward, name in new}
    today = {province: unit_name(short) for province, short, _, _ in new}
    now = {then: today[key] for key, former in converter["DICT_PROVINCE"].items() for then in former}
    became = {
        then: names[province, ward]
        for province, wards in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items()
        for ward, former in wards.items()
        for then in former
    }
    lines: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for province, short, district, district_key, ward, ward_key in old:
        name = normalise(ward.replace("Thị Trấn", "Thị trấn"))
        then = became.get("_".join((province, district_key, ward_key)), "")
        lines[now[province], unit_name(short), normalise(district)].add(
            name if name == then else f"{name}={then}"
        )
    for province, _, _, name in new:
        lines[today[province], "", ""].add(normalise(name))
    return [(*place, ";".join(sorted(members))) for place, members in sorted(lines.items())]


def main(wheel: Path) -> None:
    """Write the table beside this module."""
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        database = archive.extract("vietnamadminunits/data/dataset.db", folder)
        lines = read(Path(database), json.loads(archive.read("vietnamadminunits/data/converter_2025.json")))
    text = "".join("\t".join(line) + "\n" for line in lines)
    Path(__file__).with_name("data").joinpath("communes.tsv").write_text(_HEADER + text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
