"""Articles about one thing: grouped by their words, ranked by who carries them and who answers back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import log2

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from langnghe.config import VIETNAM
from langnghe.documents import Document
from nlp.text import words

SIMILAR = 0.15
"""Cosine from which two articles tell one story.

On the 150 stories of ViMs BCubed F1 is .91 here, .945 at best (.20); stories that outlets tell in very
different words, as in the demonstration, need the lower value.
"""
ABOUT = 0.10
"""Cosine from which a post or ticket is about a story, to the mean of its articles; misses some, adds few.

A story of one article is no mean, and gets none.
"""
_START = 1500


@dataclass(frozen=True)
class Group:
    """The articles of a story, newest first, and what people say to it."""

    articles: tuple[Document, ...]
    echo: tuple[Document, ...]
    """Comments on its articles; posts and tickets about it, and the replies to those."""
    centre: Document
    """Of the articles of its last day, the one most like all others."""

    @property
    def outlets(self) -> tuple[str, ...]:
        """Slugs, the first to write first."""
        return tuple(dict.fromkeys(article.source for article in reversed(self.articles)))

    def of(self, day: date) -> list[Document]:
        """Its articles of a day, newest first."""
        return [article for article in self.articles if day_of(article) == day]


def day_of(document: Document) -> date:
    """The Vietnam day of publication."""
    return document.published_at.astimezone(VIETNAM).date()


def stories(articles: Sequence[Document], people: Sequence[Document], day: date) -> list[Group]:
    """All stories with an article or an echo on the day, the weightiest first."""
    if not articles:
        return []
    openings = [document for document in people if document.kind != "comment"]
    matrix = _matrix([_text(document) for document in (*articles, *openings)])
    known, asked = matrix[: len(articles)], matrix[len(articles) :]
    likeness = csr_matrix(known @ known.T)
    count, member = connected_components(likeness >= SIMILAR, directed=False)
    members = [int(number) for number in member]
    rows: list[list[int]] = [[] for _ in range(count)]
    for row, number in enumerate(members):
        rows[number].append(row)
    story_of = {article.id: number for article, number in zip(articles, members, strict=True)}
    story_of |= _about(asked, known, members, openings)
    echo: list[list[Document]] = [[] for _ in rows]
    for document in people:
        if (document.parent_id or document.id) in story_of:
            echo[story_of[document.parent_id or document.id]].append(document)
    groups = [
        Group(
            articles=tuple(sorted((articles[row] for row in some), key=_age)),
            echo=tuple(said),
            centre=_centre(articles, some, likeness),
        )
        for some, said in zip(rows, echo, strict=True)
    ]
    alive = [group for group in groups if any(day_of(d) == day for d in (*group.articles, *group.echo))]
    return sorted(alive, key=lambda group: (-_weight(group, day), group.centre.id))


def _matrix(texts: Sequence[str]) -> csr_matrix:
    # Single syllables are ambiguous in Vietnamese; pairs of them come close to words.
    vectoriser = TfidfVectorizer(
        tokenizer=words, token_pattern=None, lowercase=False, ngram_range=(1, 2), sublinear_tf=True
    )
    return csr_matrix(vectoriser.fit_transform(texts))


def _text(document: Document) -> str:
    start = document.text.removeprefix(document.lead)[:_START]
    return f"{document.title}\n{document.title}\n{document.lead}\n{start}"


def _about(
    asked: csr_matrix, known: csr_matrix, member: Sequence[int], openings: Sequence[Document]
) -> dict[str, int]:
    """The number of the story that each post or ticket is about; those about none are left out."""
    if not openings:
        return {}
    several = (np.bincount(member)[member] > 1).astype(float)
    sums = csr_matrix((several, (member, np.arange(len(member)))))
    likeness = (asked @ normalize(sums @ known).T).toarray()
    return {
        opening.id: int(row.argmax())
        for opening, row in zip(openings, likeness, strict=True)
        if row.max() >= ABOUT
    }


def _centre(articles: Sequence[Document], rows: Sequence[int], likeness: csr_matrix) -> Document:
    newest = max(day_of(articles[row]) for row in rows)
    late = [row for row in rows if day_of(articles[row]) == newest]
    closeness = np.asarray(likeness[late][:, rows].sum(axis=1)).ravel()
    return articles[late[int(closeness.argmax())]]


def _age(document: Document) -> tuple[float, str]:
    return -document.published_at.timestamp(), document.id


def _weight(group: Group, day: date) -> float:
    return len(group.outlets) + len(group.of(day)) + log2(1 + len(group.echo))
