"""Groups of articles as the stories that the page tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from crawlers.catalogue import Source
from langnghe.digest.phrases import shortened
from langnghe.digest.records import Link, Quote, Story
from langnghe.digest.stories import Group, day_of
from langnghe.digest.voices import quotation, telling
from langnghe.documents import Document

_NEW = 4
_LEAD = 260
_DISCONTENT = 3
"""So many negative voices make a story one that somebody should answer."""


@dataclass(frozen=True)
class Outlets:
    """The names of all sources, and which of them speak for public bodies."""

    names: Mapping[str, str]
    portals: frozenset[str]

    @classmethod
    def of(cls, catalogue: Mapping[str, Source]) -> Outlets:
        """Those of a catalogue."""
        return cls(
            names={slug: source.name for slug, source in catalogue.items()},
            portals=frozenset(slug for slug, source in catalogue.items() if source.kind == "portal"),
        )

    def name(self, slug: str) -> str:
        """A source's name; of one that the catalogue lacks its slug."""
        return self.names.get(slug, slug)

    def link(self, article: Document) -> Link:
        """An article as the page shows it."""
        return Link(title=article.title, url=web(article.url), outlet=self.name(article.source))


def web(url: str) -> str:
    """A link that is safe to print; imported records may hold `javascript:` and the like."""
    return url if url.startswith(("http://", "https://")) else ""


def told(groups: Iterable[Group], outlets: Outlets, day: date) -> tuple[tuple[Story, ...], frozenset[str]]:
    """The stories in full, and the ids of the documents they quote."""
    stories: list[Story] = []
    quoted: set[str] = set()
    for group in groups:
        said = telling((d for d in group.echo if day_of(d) == day), (), 1) or telling(group.echo, (), 1)
        quoted.update(document.id for document in said)
        quote = quotation(said[0], outlets.names) if said else None
        stories.append(_story(group, outlets, day, quote))
    return tuple(stories), frozenset(quoted)


def begun(groups: Iterable[Group], outlets: Outlets, day: date) -> tuple[Link, ...]:
    """Further stories that began on the day."""
    new = [outlets.link(group.centre) for group in groups if _is_new(group, day)]
    return tuple(new[:_NEW])


def _story(group: Group, outlets: Outlets, day: date, quote: Quote | None) -> Story:
    tickets = [document for document in group.echo if document.kind == "ticket"]
    discontent = sum(document.sentiment == "neg" for document in group.echo) >= _DISCONTENT
    official = [article for article in group.articles if article.source in outlets.portals]
    portal = official[0] if official and discontent else None
    return Story(
        title=group.centre.title,
        url=web(group.centre.url),
        lead=shortened(group.centre.lead or group.centre.text, _LEAD),
        outlets=tuple(map(outlets.name, group.outlets)),
        articles=len(group.articles),
        today=len(group.of(day)),
        voices=len(group.echo) - len(tickets),
        tickets=len(tickets),
        new=_is_new(group, day),
        quote=quote,
        answered=_answered(tickets, portal, outlets) if discontent else "",
        answer=outlets.link(portal) if portal else None,
    )


def _answered(tickets: list[Document], portal: Document | None, outlets: Outlets) -> str:
    said = []
    if portal:
        said.append("Cổng thông tin của chính quyền đã lên tiếng.")
    if known := [ticket for ticket in tickets if ticket.status]:
        answered = sum(ticket.status == "answered" for ticket in known)
        said.append(f"Đã trả lời {answered} trong {len(known)} phản ánh liên quan.")
    if not said and outlets.portals:
        said.append("Chưa thấy cơ quan nào trả lời, trong các nguồn đang nghe.")
    return " ".join(said)


def _is_new(group: Group, day: date) -> bool:
    return all(day_of(article) == day for article in group.articles)
