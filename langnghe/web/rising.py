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

_MOST = 7
_MOST_WORDS = 12
_SPARK_DAYS = 28
_VOICES: dict[Voice, tuple[str, dict[str, Any]]] = {
    "all": ("", {}),
    "press": ("Báo chí: ", {"kind": "article"}),
    "people": ("Người dân nói: ", {"kind": PEOPLE}),
    "complaints": ("Phàn nàn: ", {"kind": PEOPLE, "sentiment": "neg", "target": "state"}),
}
"""How each of the trends' voices is called, and the filters that find its documents."""


@dataclass(frozen=True)
class Rise:
    """Something that rose on the day."""

    name: str
    count: int
    why: str
    href: str
    spark: Markup


def rises(seen: Trends, source_names: Mapping[str, str]) -> tuple[Rise, ...]:
    """The strongest rises; what is said before who says it."""
    told = sorted(seen.rises, key=lambda cell: cell.voice == "all")
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
    voice, filters = _VOICES[cell.voice]
    name = voice + display(cell.field, cell.value, source_names)
    usual = number(round(cell.week.mean, 1))
    series = cell.series[-_SPARK_DAYS:]
    return Rise(
        name=name,
        count=cell.today,
        why=f"{number(cell.today)} văn bản; {cell.week.days} ngày trước trung bình {usual} mỗi ngày",
        href=_asked(seen.day, seen.province, **(filters | {cell.field: cell.value})).url(),
        spark=spark(series, f"{name}: {', '.join(map(str, series))} văn bản mỗi ngày"),
    )


def _asked(day: date, province: str, **filters: Any) -> Asked:
    return Asked(from_=day, to=day, sort="date", **of_province(province), **filters)
