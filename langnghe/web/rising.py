"""What is rising, as the overview shows it; each number links to its documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from langnghe.trends import Cell, Trends, Voice, of_province
from langnghe.web.asked import PEOPLE, Asked
from langnghe.web.charts import spark
from langnghe.web.results import display
from langnghe.web.words import number

_MOST = 6
_MOST_WORDS = 12
_SPARK_DAYS = 28
_SAID: dict[tuple[Voice, str], str] = {
    ("complaints", "target"): "Phàn nàn về {}",
    ("complaints", "topic"): "Phàn nàn về {}",
    ("complaints", "place"): "Phàn nàn ở {}",
    ("people", "topic"): "Người dân nói về {}",
    ("people", "place"): "Phản ánh ở {}",
    ("press", "topic"): "Báo chí viết về {}",
    ("press", "valence"): "Tin {}",
    ("people", "sentiment"): "Ý kiến {}",
    ("people", "target"): "Ý kiến về {}",
    ("all", "source"): "Nguồn {}",
    ("all", "kind"): "Số {}",
}
"""What each kind of count is called, the most telling first."""
_RANK = {key: rank for rank, key in enumerate(_SAID)}
_PROPER = {"place", "source"}
_FILTERS: dict[Voice, dict[str, Any]] = {
    "all": {},
    "press": {"kind": "article"},
    "people": {"kind": PEOPLE},
    "complaints": {"kind": PEOPLE, "sentiment": "neg", "target": "state"},
}
"""What finds the documents of each of the trends' voices."""
_DULL = {("sentiment", "neu"), ("target", "none"), ("valence", "neu")}
"""Rises that tell a reader nothing."""


@dataclass(frozen=True)
class Rise:
    """Something that rose on the day."""

    name: str
    count: int
    why: str
    href: str
    spark: Markup


def rises(seen: Trends, source_names: Mapping[str, str]) -> tuple[Rise, ...]:
    """The most telling rises, in each kind the strongest first."""
    told = [cell for cell in seen.rises if (cell.field, cell.value) not in _DULL]
    told.sort(key=lambda cell: _RANK[cell.voice, cell.field])
    return tuple(_rise(cell, seen, source_names) for cell in told[:_MOST])


def rising_words(seen: Trends) -> tuple[Rise, ...]:
    """The words that the day uses more than the days before."""
    return tuple(
        Rise(
            name=word.word,
            count=word.today,
            why=f"{number(word.today)} văn bản, thường ngày {number(round(word.usual, 1))}",
            href=_asked(seen.day, seen.province, keywords=word.word).url(),
            spark=Markup(),
        )
        for word in seen.words[:_MOST_WORDS]
    )


def _rise(cell: Cell, seen: Trends, source_names: Mapping[str, str]) -> Rise:
    shown = display(cell.field, cell.value, source_names)
    name = _SAID[cell.voice, cell.field].format(
        shown if cell.field in _PROPER else shown[:1].lower() + shown[1:]
    )
    filters = _FILTERS[cell.voice] | {cell.field: cell.value}
    usual = number(round(cell.week.mean, 1))
    series = cell.series[-_SPARK_DAYS:]
    return Rise(
        name=name,
        count=cell.today,
        why=f"{number(cell.today)} văn bản, thường ngày {usual}",
        href=_asked(seen.day, seen.province, **filters).url(),
        spark=spark(series, f"{name}: {', '.join(map(str, series))} văn bản mỗi ngày"),
    )


def _asked(day: date, province: str, **filters: Any) -> Asked:
    return Asked(from_=day, to=day, sort="date", **of_province(province), **filters)
