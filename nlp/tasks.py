"""What the encoder learns from: examples of all heads, which are held out, and how many an epoch reads."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from nlp import corpora, public_sets
from nlp.corpora import Example, clean, read_rows
from nlp.labels import SENTIMENTS, STANCES, TARGETS, TOPICS, VALENCES
from nlp.public_sets import NEWS_SETS, SETS, Sentence

HEADS: Mapping[str, tuple[str, ...]] = {
    "sentiment": tuple(SENTIMENTS),
    "target": tuple(TARGETS),
    "toxic": ("false", "true"),
    "topics": tuple(TOPICS),
    "valence": tuple(VALENCES),
    "stance": tuple(STANCES),
    "toxic_victsd": ("0", "1"),
    "constructive": ("0", "1"),
    **{name: public.labels for name, public in SETS.items()},
}
NEWS = ("articles", *NEWS_SETS)
"""Tasks of whole articles: the vectors of these stay like those of the encoder before training."""
VALIDATION = 10
"""One title in so many is held out, with all its comments."""
VALIDATION_POSTS = (
    "Hai thanh niên đh",
    "Xem xét kỷ luật sinh viên",
    "Video cận cảnh Độ Mixi",
    "Dấu chấm hết cho Tiktoker",
)
"""Of the few posts of 2025 these, on public matters, are held out whole."""
KNOWN = "news-known"
"""Comments held out under titles of which other comments are read, as UIT-ViCTSD itself is split: 98 % of its
`valid` stand under titles of its `train`."""
_KNOWN_OUT = 16
"""One such comment in so many is held out."""
_SENTENCES_OUT = 1345
"""The last quarter of the `dev` part of VLSP 2016 is held out; sentences of one article stand together."""
_CHECKED = 1000
_EPOCHS = {
    "vsfc": (6000, 10_272),
    "vlsp2016": (1200, 1200),
    "aivivn": (3500, 2000),
    "emotion": (1500, 1000),
    "toxic3": (1500, 1000),
    "vntc10": (2000, 4500),
    "tc201805": (800, 800),
    "ner": (8000, 15_513),
}
"""How many examples of a public set an epoch of the first cycle reads, and one of the second.

Of the project's own sets each reads all. Names and sections need more passes than opinions do."""


class Task(NamedTuple):
    """Examples of a kind."""

    name: str
    examples: Sequence[Example | Sentence]
    held_out: Sequence[Example | Sentence]
    epochs: tuple[int, int]
    """How many examples an epoch of the first cycle reads, and one of the second; the next epoch reads the
    next ones."""
    news: bool = False
    """Whether the texts are news, in which abbreviations are left as they stand."""
    weight: float = 1.0
    """Of an example in the loss."""

    @property
    def public(self) -> bool:
        """Whether it is one of the public sets."""
        return self.name not in ("comments", "articles")

    def checked(self) -> Sequence[Example | Sentence]:
        """The held-out examples that figures are of: all, of a public set at most `_CHECKED`."""
        step = math.ceil(len(self.held_out) / _CHECKED) if self.public else 1
        return self.held_out[:: step or 1]


def tasks(folder: Path) -> tuple[Task, ...]:
    """Read the data folder."""
    news = corpora.articles(folder) + corpora.project_articles(folder)
    names = [
        sentence
        for part in ("train", "dev")
        for sentence in public_sets.sentences(folder / f"ner/vlsp2016_{part}.conll.xz")
    ]
    return (
        people(folder),
        _task("articles", news, weight=1.5),
        *(_public(folder, name) for name in SETS),
        Task(
            "ner",
            names[:-_SENTENCES_OUT],
            names[-_SENTENCES_OUT:],
            _EPOCHS["ner"],
            news=True,
        ),
    )


def labelled_articles(tasks: Iterable[Task]) -> list[Example]:
    """All articles that the project has labelled, those held out among them."""
    found = (each for task in tasks if task.name == "articles" for each in (*task.examples, *task.held_out))
    return [each for each in found if isinstance(each, Example)]


def people(folder: Path) -> Task:
    """Of these, what people write."""
    labelled = _victsd(folder, corpora.comments(folder) + corpora.project_comments(folder))
    examples = [*_known_apart(labelled), *corpora.written(), *corpora.written_comments()]
    return _task("comments", examples)


def _task(name: str, examples: Sequence[Example], weight: float = 1.0) -> Task:
    out = [example.part == KNOWN or stays_out(example) for example in examples]
    return Task(
        name,
        [example for example, stays in zip(examples, out, strict=True) if not stays],
        [example for example, stays in zip(examples, out, strict=True) if stays],
        _EPOCHS.get(name, (len(examples), len(examples))),
        name in NEWS,
        weight,
    )


def _public(folder: Path, name: str) -> Task:
    _, _, train, validation = SETS[name]
    task = _task(name, public_sets.examples(name, folder / f"{train}.jsonl.xz"))
    if validation:
        return task._replace(held_out=public_sets.examples(name, folder / f"{validation}.jsonl.xz"))
    return task


def stays_out(example: Example) -> bool:
    """Whether the example, as everything under its title, stays out of the training."""
    title = example.title or example.text
    return title.startswith(VALIDATION_POSTS) or _drawn(title, VALIDATION)


def _known_apart(examples: Iterable[Example]) -> Iterator[Example]:
    """The examples; some readers' comments as those of the part `KNOWN`."""
    for example in examples:
        apart = example.part == "news" and not stays_out(example) and _drawn(example.text, _KNOWN_OUT)
        yield example._replace(part=KNOWN) if apart else example


def _drawn(text: str, among: int) -> bool:
    """Whether a text is one of so many; always the same ones."""
    return hashlib.sha256(text.encode()).digest()[0] % among == 0


def _victsd(folder: Path, examples: Iterable[Example]) -> Iterator[Example]:
    """The examples, with the labels of UIT-ViCTSD where a text stands in it."""
    rows = (
        row
        for part in ("train", "valid")
        for row in read_rows(folder / f"sentiment/uit_victsd_{part}.jsonl.xz")
    )
    known = {
        (clean(row["title"]), clean(row["text"])): {
            "toxic_victsd": str(row["toxic"]),
            "constructive": str(row["constructive"]),
        }
        for row in rows
    }
    for example in examples:
        more = known.get((example.title, example.text), {})
        yield example._replace(labels={**example.labels, **more})
