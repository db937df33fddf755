"""What people complain about and where, with an example of their own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from langnghe.digest.phrases import compared, shortened
from langnghe.digest.records import Complaints, Count, Quote
from langnghe.documents import Document
from nlp.labels import TOPICS

_ROWS = 5
_QUOTES = 2
_SHORTEST, LONGEST = 45, 230
"""Letters of a quotation: shorter ones say nothing, longer ones are cut."""


def complaints(
    people: Sequence[Document], usual: float | None, names: Mapping[str, str], quoted: Collection[str]
) -> Complaints:
    """The day's negative voices; `usual` counts those at public bodies, `quoted` are ids quoted elsewhere."""
    negative = [document for document in people if document.sentiment == "neg"]
    at_state = [document for document in negative if document.target == "state"]
    shown = at_state or negative
    return Complaints(
        negative=len(negative),
        at_state=len(at_state),
        compared=compared(len(at_state), usual),
        topics=_counts(TOPICS.get(document.topic, document.topic) for document in shown),
        places=_counts(document.place for document in negative),
        quotes=tuple(quotation(document, names) for document in telling(shown, quoted, _QUOTES)),
    )


def quotation(document: Document, names: Mapping[str, str]) -> Quote:
    """A person's words, shortened; who it was is told only by kind and place."""
    outlet = names.get(document.source, document.source)
    said = {
        "ticket": f"Phản ánh của người dân{f' ở {document.place}' if document.place else ''}",
        "post": f"Bài đăng trên {outlet}",
    }.get(document.kind, f"Bình luận trên {outlet}")
    url = document.url if document.url.startswith(("http://", "https://")) else ""
    return Quote(text=shortened(document.text, LONGEST), said=said, url=url)


def telling(documents: Iterable[Document], quoted: Collection[str], most: int) -> list[Document]:
    """Quotable documents, those that most readers liked first; insults are not quoted."""
    fit = [
        document
        for document in documents
        if len(document.text) >= _SHORTEST and not document.toxic and document.id not in quoted
    ]
    # What is masked reads badly. Tickets have no likes; one that fits whole says more than one that is cut.
    fit.sort(key=lambda d: ("[" in d.text, -d.likes, d.sentiment != "neg", len(d.text) > LONGEST, d.id))
    return fit[:most]


def _counts(values: Iterable[str]) -> tuple[Count, ...]:
    counted = Counter(value for value in values if value)
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Count(name=name, count=count) for name, count in ranked[:_ROWS])
