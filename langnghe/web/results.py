"""The search page: hits, and for each filter what its values would leave."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from markupsafe import Markup

from langnghe.config import VIETNAM
from langnghe.documents import Document
from langnghe.index.contract import Index
from langnghe.query import Hit, counts, documents
from langnghe.web.asked import FACETS, LAST_PAGE, PAGE_SIZE, Asked
from langnghe.web.words import moment, source_name
from nlp.labels import NAMES, label_name

MOST_EXPORTED = 5000
_CHOICES = 12
_STEP = 500
_COLUMNS = {
    "id": "Mã",
    "published_at": "Đăng lúc",
    "kind": "Loại",
    "source": "Nguồn",
    "title": "Tiêu đề",
    "text": "Trích đoạn",
    "topic": "Chủ đề",
    "sentiment": "Thái độ",
    "target": "Đối tượng",
    "valence": "Tin báo chí",
    "stance": "Với cơ quan nhà nước",
    "province": "Tỉnh, thành",
    "place": "Xã, phường",
    "url": "Địa chỉ",
}
_QUOTED = 300
"""Letters of the text in an export: a quotation, not a copy."""


@dataclass(frozen=True)
class Choice:
    """A value of a filter: how many documents it leaves, and the address that takes it in or out."""

    name: str
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """A filter with its values."""

    field: str
    title: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Found:
    """A document as a result list shows it."""

    doc: Document
    title: Markup
    fragment: Markup


@dataclass(frozen=True)
class Results:
    """One page of results."""

    total: int
    pages: int
    found: tuple[Found, ...]
    facets: tuple[Facet, ...]


def results(index: Index, asked: Asked, source_names: Mapping[str, str], now: datetime) -> Results:
    """Answer a question. Raises QueryError."""
    hits = documents(
        index,
        asked.q,
        asked,
        size=PAGE_SIZE,
        from_=(asked.page - 1) * PAGE_SIZE,
        sort=asked.sort,
        at=now,
    )
    facets = (_facet(index, asked, field, source_names) for field in FACETS)
    return Results(
        total=hits.total,
        pages=min(ceil(hits.total / PAGE_SIZE), LAST_PAGE),
        found=tuple(_found(hit) for hit in hits.hits),
        facets=tuple(facet for facet in facets if facet.choices),
    )


def export(index: Index, asked: Asked, source_names: Mapping[str, str]) -> Iterator[str]:
    """The whole result as CSV for spreadsheets, up to a limit; no cell of it can be taken for a formula."""
    yield "\ufeff" + _line(list(_COLUMNS.values()))
    for start in range(0, MOST_EXPORTED, _STEP):
        hits = documents(index, asked.q, asked, size=_STEP, from_=start, sort=asked.sort).hits
        for hit in hits:
            yield _line([_cell(hit.document, field, source_names) for field in _COLUMNS])
        if len(hits) < _STEP:
            return


def _found(hit: Hit) -> Found:
    # The query module escapes everything but its own <em>.
    title = hit.highlight.title or NAMES["kind"][hit.document.kind]
    return Found(hit.document, Markup(title), Markup(_joined(hit.highlight.fragments)))  # noqa: S704


def _joined(fragments: Sequence[str]) -> str:
    """Fragments bring their own ellipses; where two meet, one is enough."""
    return " ".join(fragments).replace("… …", " … ")


def _facet(index: Index, asked: Asked, field: str, source_names: Mapping[str, str]) -> Facet:
    """A filter's values counted under all the other filters, so that a second value can be taken in."""
    counted = counts(index, field, asked.changed(**{field: ()}), asked.q)
    chosen = getattr(asked, field)
    shown = dict(list(counted.items())[:_CHOICES]) | {
        value: counted.get(value, 0) for value in chosen if value
    }
    return Facet(
        field,
        FACETS[field],
        tuple(
            Choice(display(field, value, source_names), n, asked.toggled(field, value).url(), value in chosen)
            for value, n in shown.items()
        ),
    )


def display(field: str, value: str, source_names: Mapping[str, str]) -> str:
    """A filter's value as readers know it."""
    if not value:
        return "không nêu"
    if field == "source":
        return source_name(value, source_names)
    return label_name(field, value)


def _cell(document: Document, field: str, source_names: Mapping[str, str]) -> str:
    value = getattr(document, field)
    if field == "published_at":
        return moment(value.astimezone(VIETNAM), document.published_precision)
    if field == "text":
        value = " ".join(value.split())
        return value if len(value) <= _QUOTED else value[:_QUOTED].rsplit(" ", 1)[0] + "…"
    return display(field, value, source_names)


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_guarded(cell) for cell in cells])
    return out.getvalue()


def _guarded(cell: str) -> str:
    """A spreadsheet runs cells that begin so; an apostrophe makes them text (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(tuple("=+-@\t\r\n＝＋－＠")) else cell
