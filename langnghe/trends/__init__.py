"""What rose on a day, computed from plain counts so that it is the same on both search engines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from langnghe.index.contract import Index
from langnghe.query import Filters, counts, days, histogram
from langnghe.trends import rates
from langnghe.trends.words import Word, rising_words

__all__ = ["PEOPLE", "Baseline", "Cell", "Trends", "Voice", "Word", "of_province", "trends"]

Voice = Literal["all", "press", "people", "complaints"]

PEOPLE = ("comment", "post", "ticket")
"""Kinds of documents in which people speak."""
SHORT, LONG = 7, 28
"""Days that a day is compared with."""
GUARD = 2
"""The last days before are left out of the long comparison, so that what began yesterday still shows today.

The guard band of the EARS methods (Hutwagner et al. 2003).
"""
_VOICES: dict[Voice, dict[str, tuple[str, ...]]] = {
    "all": {},
    "press": {"kind": ("article",)},
    "people": {"kind": PEOPLE},
    "complaints": {"kind": PEOPLE, "sentiment": ("neg",), "target": ("state",)},
}
_FIELDS: dict[Voice, tuple[str, ...]] = {
    "all": ("kind", "source"),
    "press": ("topic", "valence"),
    "people": ("topic", "sentiment", "target", "place"),
    "complaints": ("target", "topic", "place"),
}
_MOST_WORDS = 20
_MOST_KEYWORDS = 9_000
"""Beyond these the counts are too small to matter."""
_DISCOVERY_RATE = 0.05
_FEWEST_TODAY = 5
_SMALLEST_RATIO = 1.5


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Baseline(_Record):
    """The days before that a day is compared with."""

    days: int
    """Fewer than asked for where the collection is younger."""
    total: int
    mean: float
    """Documents a day."""
    p: float | None
    """One-sided, of a day like the baseline's bringing as much as this day; None: too few to test."""


class Cell(_Record):
    """One count: documents of a voice with a value in a field."""

    voice: Voice
    """`press`: articles; `people`: comments, posts, tickets; `complaints`: people, negative, at the state."""
    field: str
    value: str
    series: tuple[int, ...]
    """A count a day, the last one for the day itself."""
    week: Baseline
    """The 7 days just before."""
    month: Baseline
    """The usual: 28 days without the last two."""
    q: float | None
    """False discovery rate over all cells of the day, against the month; None: not tested."""
    rising: bool

    @property
    def today(self) -> int:
        """Documents of the day itself."""
        return self.series[-1]


class Trends(_Record):
    """A day against the days before it."""

    day: date
    province: str
    """With a province: documents that happen there, and those that name none."""
    first_day: date | None
    """The oldest day that is compared; None when there is nothing before the day."""
    usual_days: int
    """Days that `Cell.month` is made of; 0 where there are too few to compare with."""
    total: int
    """Documents of the day."""
    cells: tuple[Cell, ...]
    """Those with any document, strongest rise first, then the largest of the day."""
    words: tuple[Word, ...]
    """Rising words and phrases, strongest first."""

    @property
    def rises(self) -> tuple[Cell, ...]:
        """The cells that rose."""
        return tuple(cell for cell in self.cells if cell.rising)

    def series(self, voice: Voice, field: str, value: str) -> tuple[int, ...]:
        """A cell's counts a day, the last one for the day itself; empty where there are none."""
        found = (c.series for c in self.cells if (c.voice, c.field, c.value) == (voice, field, value))
        return next(found, ())

    def usual(self, voice: Voice, field: str, *values: str) -> float | None:
        """How many documents with any of the values a usual day has; None: too few days to say."""
        if not self.usual_days:
            return None
        cells = [c for c in self.cells if (c.voice, c.field) == (voice, field) and c.value in values]
        return sum(cell.month.total for cell in cells) / self.usual_days


def of_province(province: str) -> dict[str, tuple[str, ...]]:
    """The filter for a province's documents; most comments name none and belong to where they are heard."""
    return {"province": (province, "")} if province else {}


def trends(index: Index, day: date, province: str = "") -> Trends:
    """Compare a Vietnam day with the 7 and the 28 days before it.

    A rise is significant against the 28 days (`rates`) at a false discovery rate of 5 % over all cells, has
    at least 5 documents, one and a half times the usual, and no less than the week's mean. Days before
    the collection's first one do not count as silent; with fewer than 3 days before, nothing rises.
    """
    window = Filters(from_=day - timedelta(days=LONG + GUARD), to=day, **of_province(province))
    by_day = days(index, window)
    first = min((each for each in by_day if each < day), default=None)
    covered = [(first or day) + timedelta(days=n) for n in range((day - (first or day)).days + 1)]
    before = len(covered) - 1
    cells: list[Cell] = []
    for voice, fields in _FIELDS.items():
        chosen = window.model_copy(update=_VOICES[voice])
        for field in fields:
            cells += _cells(voice, field, histogram(index, field, chosen), covered)
    return Trends(
        day=day,
        province=province,
        first_day=first,
        usual_days=before - _guard(before) if before >= rates.FEWEST_DAYS else 0,
        total=by_day.get(day, 0),
        cells=tuple(sorted(_judged(cells), key=_order)),
        words=tuple(_words(index, window, day, before)),
    )


def _cells(
    voice: Voice, field: str, found: Mapping[str, Mapping[date, int]], covered: list[date]
) -> Iterator[Cell]:
    """A field's cells with their p-values; all values of a field share what is known of their dispersion."""
    if not found:
        return
    series = np.array([[by_day.get(day, 0) for day in covered] for by_day in found.values()])
    before = len(covered) - 1
    last_week, usual = slice(max(before - SHORT, 0), before), slice(before - _guard(before))
    spread = rates.dispersions(series[:, usual]) if before >= rates.FEWEST_DAYS else None
    weeks = _baselines(series, spread, last_week)
    months = _baselines(series, spread, usual)
    for value, row, week, month in zip(found, series, weeks, months, strict=True):
        shown = tuple(int(count) for count in row)
        yield Cell(
            voice=voice, field=field, value=value, series=shown, week=week, month=month, q=None, rising=False
        )


def _guard(before: int) -> int:
    """How many of the days before are left out of the usual; none while the collection is a week old."""
    return GUARD if before >= SHORT else 0


def _baselines(series: rates.Counts, spread: rates.Floats | None, before: slice) -> list[Baseline]:
    """The same days before for each cell; without a dispersion nothing is tested."""
    today, earlier = series[:, -1], series[:, before]
    length, totals = earlier.shape[1], earlier.sum(axis=1)
    ps: list[float | None] = [None] * len(series)
    if spread is not None:
        enough = totals + today >= rates.FEWEST
        tested = rates.p_values(today, earlier, spread)
        ps = [float(p) if some else None for p, some in zip(tested, enough, strict=True)]
    return [
        Baseline(days=length, total=int(total), mean=round(total / length, 3) if length else 0.0, p=p)
        for total, p in zip(totals, ps, strict=True)
    ]


def _judged(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Give each cell its q-value over all that could be tested."""
    ps = [cell.month.p for cell in cells if cell.month.p is not None]
    qs = iter(rates.q_values(ps))
    for cell in cells:
        q = None if cell.month.p is None else next(qs)
        enough = cell.today >= max(_FEWEST_TODAY, _SMALLEST_RATIO * cell.month.mean, cell.week.mean)
        yield cell.model_copy(update={"q": q, "rising": q is not None and q <= _DISCOVERY_RATE and enough})


def _order(cell: Cell) -> tuple[bool, float, int, str, str, str]:
    return (
        not cell.rising,
        cell.q or 0.0 if cell.rising else 1.0,
        -cell.today,
        cell.voice,
        cell.field,
        cell.value,
    )


def _words(index: Index, window: Filters, day: date, before: int) -> list[Word]:
    """The day's rising words against the same usual days as the cells."""
    if before < rates.FEWEST_DAYS:
        return []
    usual = before - _guard(before)
    earlier = window.model_copy(update={"to": day - timedelta(days=1 + _guard(before))})
    now = counts(index, "keywords", window.model_copy(update={"from_": day}), size=_MOST_KEYWORDS)
    then = counts(index, "keywords", earlier, size=_MOST_KEYWORDS)
    return rising_words(now, then, usual, _MOST_WORDS)
