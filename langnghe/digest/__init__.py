"""One page a day for a leader: what matters, what rose, what people complain about, who has answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import islice

from crawlers.catalogue import load_sources
from langnghe.config import VIETNAM, Settings
from langnghe.digest.phrases import cell_name, compared
from langnghe.digest.records import Digest, Figure, Rise, Volume
from langnghe.digest.render import Rendered, render
from langnghe.digest.stories import day_of, stories
from langnghe.digest.summary import answers, detail, headline, subject
from langnghe.digest.telling import Outlets, begun, told
from langnghe.digest.unheard import Run, unheard
from langnghe.digest.voices import complaints
from langnghe.documents import Document
from langnghe.index.contract import Index
from langnghe.query import Filters, counts
from langnghe.trends import PEOPLE, Trends, of_province

__all__ = ["Digest", "Rendered", "digest", "render"]

STORY_DAYS = 3
"""Days whose articles make up a story, the day itself included."""
_STORIES, _RISES, _WORDS, _VOLUME_DAYS = 3, 5, 8, 14
_MOST_ARTICLES = 3000
_PARTS = {
    "Bài báo": ("article",),
    "Ý kiến trên mạng": ("comment", "post"),
    "Phản ánh gửi tổng đài": ("ticket",),
}


def digest(index: Index, trends: Trends, runs: Sequence[Run], settings: Settings, day: date) -> Digest:
    """Write a day's page from its trends and the index; the same index gives the same page.

    `runs` are the day's crawl reports. Raises CatalogueError where a source file is wrong.
    """
    outlets = Outlets.of(load_sources(settings.sources))
    here = of_province(trends.province)
    window = Filters(from_=day - timedelta(days=STORY_DAYS - 1), to=day, **here)
    articles = _documents(index, window.model_copy(update={"kind": ("article",)}))[:_MOST_ARTICLES]
    people = _documents(index, window.model_copy(update={"kind": PEOPLE}))
    groups = stories(articles, people, day)
    shown, quoted = told(groups[:_STORIES], outlets, day)
    today = [document for document in people if day_of(document) == day]
    complained = complaints(today, trends.usual("complaints", "target", "state"), outlets.names, quoted)
    brought = counts(index, "source", Filters(from_=day, to=day))
    newest = [document.published_at.astimezone(VIETNAM) for document in (*articles, *today)]
    return Digest(
        day=day,
        place=trends.province or "cả nước",
        demo=settings.collection == "demo",
        until=max((at for at in newest if at.date() == day), default=None),
        headline=headline(shown, trends),
        detail=detail(shown, complained, trends),
        subject=subject(shown, trends, demo=settings.collection == "demo"),
        figures=_figures(trends, complained.at_state),
        compared_days=trends.usual_days,
        left_out=(day - trends.first_day).days - trends.usual_days if trends.first_day else 0,
        volume=_volume(trends),
        new=begun(groups[_STORIES:], outlets, day),
        words=tuple(word.word for word in trends.words[:_WORDS]),
        rises=tuple(islice(_rises(trends), _RISES)),
        complaints=complained,
        stories=shown,
        answers=answers(_tickets(index, day, trends.province), day),
        heard=len(brought),
        unheard=unheard(runs, brought, outlets.names),
    )


def _documents(index: Index, filters: Filters) -> list[Document]:
    """All that match, newest first."""
    found = index.scan("documents", {"bool": {"filter": filters.conditions()}})
    documents = [Document.model_validate(source) for source in found]
    return sorted(documents, key=lambda document: (-document.published_at.timestamp(), document.id))


def _tickets(index: Index, day: date, province: str) -> list[Document]:
    week = Filters(from_=day - timedelta(days=6), to=day, kind=("ticket",), **of_province(province))
    return _documents(index, week)


def _figures(trends: Trends, at_state: int) -> tuple[Figure, ...]:
    def figure(name: str, kinds: tuple[str, ...]) -> Figure:
        value = sum((trends.series("all", "kind", kind) or (0,))[-1] for kind in kinds)
        return Figure(name=name, value=value, compared=compared(value, trends.usual("all", "kind", *kinds)))

    complained = compared(at_state, trends.usual("complaints", "target", "state"))
    return (
        *(figure(name, kinds) for name, kinds in _PARTS.items()),
        Figure(name="Phàn nàn về cơ quan nhà nước", value=at_state, compared=complained),
    )


def _volume(trends: Trends) -> tuple[Volume, ...]:
    """What the press, people on the web and tickets brought a day."""
    found = []
    for name, kinds in _PARTS.items():
        series = [counts for kind in kinds if (counts := trends.series("all", "kind", kind))]
        added = tuple(sum(day) for day in zip(*series, strict=True))
        found.append(Volume(name=name, series=added[-_VOLUME_DAYS:]))
    return tuple(found) if trends.usual_days else ()


# What a leader reads first: what people complain about, then what they speak of, then the press.
_FIRST = ("complaints", "people", "press", "all")


def _rises(trends: Trends) -> list[Rise]:
    """The day's rises that say something to a leader; of a topic or place only the first, said once."""
    cells = sorted(trends.rises, key=lambda cell: (_FIRST.index(cell.voice), cell.q or 0.0, cell.value))
    found: dict[tuple[str, str], Rise] = {}
    for cell in cells:
        name = cell_name(cell)
        if name:
            rise = Rise(
                name=name,
                today=cell.today,
                compared=compared(cell.today, cell.month.mean),
                series=cell.series[-_VOLUME_DAYS:],
            )
            found.setdefault((cell.field, cell.value), rise)
    return list(found.values())
