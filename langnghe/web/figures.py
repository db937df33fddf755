"""The overview's figures: counted in one place, each with the search that shows its documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from langnghe.index.contract import Index
from langnghe.query import count, counts, cross_counts, histogram
from langnghe.trends import of_province
from langnghe.web.asked import PEOPLE, Asked
from langnghe.web.charts import Bar, Part, shares
from langnghe.web.results import display
from langnghe.web.words import change, number, percent
from nlp.labels import KINDS, NAMES, SENTIMENTS, TOPICS, VALENCES

LONGEST_DAYS = 366
_ROWS = 10


@dataclass(frozen=True)
class Days:
    """The days that an overview covers, both ends included."""

    first: date
    last: date
    province: str = ""
    """With a province: its documents, and those that name none, as trends count them."""

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range(len(self)))

    @property
    def before(self) -> Days:
        """As many days just before."""
        return Days(self.first - timedelta(days=len(self)), self.first - timedelta(days=1), self.province)

    def asked(self, **filters: Any) -> Asked:
        """A search within these days."""
        return Asked(**({"from_": self.first, "to": self.last} | of_province(self.province) | filters))

    def link(self, **filters: Any) -> str:
        """Its address."""
        return self.asked(**filters).url()


@dataclass(frozen=True)
class Figure:
    """A number at the head of the page."""

    name: str
    value: str
    note: str
    href: str


@dataclass(frozen=True)
class Row:
    """A place, source or topic with its count."""

    name: str
    count: int
    href: str
    bar: Markup


@dataclass(frozen=True)
class TopicRow:
    """A topic: what people say about it and how the press reports it."""

    name: str
    href: str
    people: Bar
    people_href: str
    press: Bar
    press_href: str


@dataclass(frozen=True)
class Overview:
    """Everything countable on the overview."""

    days: Days
    total: int
    kinds: dict[str, int]
    figures: tuple[Figure, ...]
    volume: tuple[Bar, ...]
    topics: tuple[TopicRow, ...]
    wards: tuple[Row, ...]
    """Named by tickets."""
    provinces: tuple[Row, ...]
    sources: tuple[Row, ...]
    complaints: int
    complaint_topics: tuple[Row, ...]

    @property
    def people_scale(self) -> int:
        """The longest bar of what people say."""
        return max((row.people.total for row in self.topics), default=1)

    @property
    def press_scale(self) -> int:
        """The longest bar of what the press reports."""
        return max((row.press.total for row in self.topics), default=1)


def overview(index: Index, days: Days, source_names: Mapping[str, str]) -> Overview:
    """Count what the days brought."""
    by_kind = histogram(index, "kind", days.asked())
    kinds = {kind: sum(by_kind[kind].values()) for kind in KINDS if kind in by_kind}
    complaints = {"target": "state", "sentiment": "neg"}
    return Overview(
        days=days,
        total=sum(kinds.values()),
        kinds=kinds,
        figures=_figures(index, days, kinds),
        volume=tuple(_column(day, by_kind, kinds, days) for day in days),
        topics=_topics(index, days),
        wards=_rows(counts(index, "place", days.asked()), days, "place", {}, 7),
        provinces=_rows(counts(index, "province", days.asked()), days, "province", {}, 4),
        sources=_rows(counts(index, "source", days.asked()), days, "source", source_names),
        complaints=count(index, days.asked(**complaints)),
        complaint_topics=_rows(
            counts(index, "topic", days.asked(**complaints)), days, "topic", TOPICS, 6, **complaints
        ),
    )


def _figures(index: Index, days: Days, kinds: Mapping[str, int]) -> tuple[Figure, ...]:
    before = counts(index, "kind", days.before.asked())
    # A collection that began within the days before would make everything look like a rise.
    comparable = count(index, days.before.asked(from_=None, to=days.before.first)) > 0
    sentiments = counts(index, "sentiment", days.asked())
    said, negative = sum(sentiments.values()), sentiments.get("neg", 0)
    voices = ("comment", "post")

    def figure(name: str, chosen: tuple[str, ...], **filters: Any) -> Figure:
        now, then = (sum(found.get(kind, 0) for kind in chosen) for found in (kinds, before))
        note = (
            f"{change(now, then)} so với {len(days)} ngày trước đó"
            if comparable
            else "chưa đủ kỳ trước để so"
        )
        return Figure(name, number(now), note, days.link(**filters))

    return (
        figure("Văn bản", tuple(KINDS)),
        figure("Bài báo", ("article",), kind="article"),
        figure("Bài đăng, bình luận", voices, kind=voices),
        figure("Phản ánh", ("ticket",), kind="ticket"),
        Figure(
            "Ý kiến tiêu cực",
            percent(negative, said),
            f"{number(negative)} trong {number(said)} ý kiến",
            days.link(sentiment="neg"),
        ),
    )


def _column(day: date, by_kind: Mapping[str, Mapping[date, int]], kinds: Iterable[str], days: Days) -> Bar:
    parts = tuple(
        Part(kind, KINDS[kind], by_kind[kind].get(day, 0), days.link(from_=day, to=day, kind=kind))
        for kind in kinds
    )
    return Bar(f"{day:%d/%m}", parts, title=f"{day:%d/%m/%Y}")


def _topics(index: Index, days: Days) -> tuple[TopicRow, ...]:
    people = cross_counts(index, "topic", "sentiment", days.asked(kind=PEOPLE))
    press = cross_counts(index, "topic", "valence", days.asked(kind="article"))

    def total(topic: str) -> int:
        return sum(people.get(topic, {}).values()) + sum(press.get(topic, {}).values())

    def row(topic: str) -> TopicRow:
        about_people = days.asked(topic=topic, kind=PEOPLE)
        about_press = days.asked(topic=topic, kind="article")
        return TopicRow(
            name=TOPICS[topic],
            href=days.link(topic=topic),
            people=_split(TOPICS[topic], "sentiment", people.get(topic, {}), about_people),
            people_href=about_people.url(sentiment=tuple(SENTIMENTS)),
            press=_split(TOPICS[topic], "valence", press.get(topic, {}), about_press),
            press_href=about_press.url(valence=tuple(VALENCES)),
        )

    shown = sorted((topic for topic in TOPICS if total(topic)), key=lambda topic: -total(topic))
    return tuple(row(topic) for topic in shown[:_ROWS])


def _split(label: str, field: str, found: Mapping[str, int], asked: Asked) -> Bar:
    """A bar parted by sentiment or valence."""
    names = NAMES[field].items()
    return Bar(label, tuple(Part(k, name, found.get(k, 0), asked.url(**{field: k})) for k, name in names))


def _rows(
    found: Mapping[str, int],
    days: Days,
    field: str,
    names: Mapping[str, str],
    most: int = _ROWS,
    **filters: Any,
) -> tuple[Row, ...]:
    scale = max(found.values(), default=1)

    def row(key: str, value: int) -> Row:
        name, href = display(field, key, names), days.link(**{field: key}, **filters)
        return Row(name, value, href, shares(Bar(name, (Part("all", "văn bản", value, href),)), scale, 8))

    return tuple(row(key, value) for key, value in list(found.items())[:most])
