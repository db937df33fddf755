"""Scores a head against labelled texts: accuracy, F1, each class, with bootstrap intervals."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from nlp import encoder, public_sets
from nlp.accents import restored
from nlp.annotate import TIERS, annotate
from nlp.corpora import Row, clean, read_rows
from nlp.labels import TIER, Labels, Text, Tier
from nlp.places import province_today
from nlp.public_sets import NEWS_SETS, SETS, Sentence
from nlp.tags import KINDS, Name, names
from nlp.text import strip_accents

OWN_HEADS = ("sentiment", "target", "toxic", "topics", "valence", "stance", "province")
HEADS = (*OWN_HEADS, *SETS, "ner")
_ARTICLE_HEADS = ("topics", "valence", "stance", "province")
WITHOUT_ACCENTS = "/without_accents"
"""Ends the name of a figure that was measured on texts stripped of their accents."""
_SAMPLES = 1000


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Score(_Record):
    """A figure and the bounds of its 95 % bootstrap interval (0 to 1)."""

    value: float
    low: float
    high: float


class Class(_Record):
    """One label: how many texts have it, and how well it is found (0 to 1)."""

    texts: int
    precision: float
    recall: float
    f1: float


class Figures(_Record):
    """How well a head does on a set of texts."""

    head: str
    texts: int
    accuracy: Score
    macro_f1: Score
    weighted_f1: Score
    """Each label's F1 by its share of the texts."""
    classes: dict[str, Class]


class NameFigures(_Record):
    """How well names are found in sentences: a name counts when its kind and its bounds are exact."""

    head: str = "ner"
    texts: int
    f1: Score
    classes: dict[str, Class]


def figures(head: str, truth: Sequence[str], found: Sequence[str]) -> Figures:
    """Compare labels, text by text. Macro-F1 is over the labels that occur in the truth.

    Raises ValueError when there is nothing to compare.
    """
    if not truth:
        raise ValueError("no labelled texts")
    labels = sorted({*truth, *found})
    number = {label: index for index, label in enumerate(labels)}
    confusion = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(confusion, ([number[label] for label in truth], [number[label] for label in found]), 1)
    # Drawing texts with replacement is drawing their cells of the confusion matrix.
    cells = np.random.default_rng(0).multinomial(len(truth), confusion.ravel() / len(truth), size=_SAMPLES)
    samples = np.concatenate([confusion[None], cells.reshape(-1, *confusion.shape)])
    hits = np.diagonal(samples, axis1=1, axis2=2)
    said, true = samples.sum(axis=1), samples.sum(axis=2)
    f1 = _f1(hits, said, true)
    real = confusion.sum(axis=1) > 0
    return Figures(
        head=head,
        texts=len(truth),
        accuracy=_score(hits.sum(axis=1) / len(truth)),
        macro_f1=_score(f1[:, real].mean(axis=1)),
        weighted_f1=_score((f1 * true).sum(axis=1) / len(truth)),
        classes={
            label: _class(hits[0, index], said[0, index], true[0, index])
            for label, index in number.items()
            if real[index]
        },
    )


def name_figures(sentences: Iterable[tuple[Sequence[Name], Sequence[Name]]]) -> NameFigures:
    """Compare the names of sentences, true and found. F1 is over all names (micro)."""
    counted = np.array([_counts(set(true), set(found)) for true, found in sentences])
    if not len(counted):
        raise ValueError("no labelled sentences")
    draws = np.random.default_rng(0).integers(len(counted), size=(_SAMPLES, len(counted)))
    whole = counted.sum(axis=0)
    samples = np.stack([whole, *(counted[draw].sum(axis=0) for draw in draws)])
    hits, said, true = samples.sum(axis=1).T
    return NameFigures(
        texts=len(counted),
        f1=_score(_f1(hits, said, true)),
        classes={kind: _class(*whole[row]) for row, kind in enumerate(KINDS) if whole[row, 2]},
    )


def _counts(true: set[Name], found: set[Name]) -> list[list[int]]:
    """Kinds × hits, found, true."""
    return [
        [sum(name.kind == kind for name in some) for some in (true & found, found, true)] for kind in KINDS
    ]


def _class(hits: int, said: int, true: int) -> Class:
    precision, recall = (round(hits / whole, 4) if whole else 0.0 for whole in (int(said), int(true)))
    f1 = round(2 * hits / (said + true), 4)
    return Class(texts=int(true), precision=precision, recall=recall, f1=f1)


def recorded(validation: Mapping[str, Any]) -> dict[str, Figures | NameFigures]:
    """The figures that a model card holds."""
    return {
        name: NameFigures.model_validate(found) if "f1" in found else Figures.model_validate(found)
        for name, found in validation.items()
    }


class BelowFloorError(Exception):
    """A trained model is worse than what is promised; the message names each figure."""


def pinned(tier: Tier) -> Mapping[str, Mapping[str, float]]:
    """The floors of a tier's figures, `floors.json`."""
    floors = json.loads(files("nlp").joinpath("floors.json").read_text("utf-8"))
    return cast("Mapping[str, Mapping[str, float]]", floors[tier])


def below_floors(
    measured: Mapping[str, Figures | NameFigures], floors: Mapping[str, Mapping[str, float]]
) -> list[str]:
    """What falls below its pinned floor (`{name: {"macro_f1": 0.6}}`), a line each.

    A floor is that of a figure or of the F1 of a class (`"true"`).
    """
    broken = []
    for name, bounds in floors.items():
        if name not in measured:
            broken.append(f"{name}: not measured")
            continue
        found = measured[name]
        for figure, floor in bounds.items():
            value = found.classes[figure].f1 if figure in found.classes else getattr(found, figure).value
            if value < floor:
                broken.append(f"{name}: {figure} {value:.3f} < {floor}")
    return broken


def _f1(hits: npt.NDArray[Any], said: npt.NDArray[Any], true: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    whole = said + true
    ratio: npt.NDArray[np.float64] = np.divide(2 * hits, whole, out=np.zeros(whole.shape), where=whole > 0)
    return ratio


def _score(values: npt.NDArray[np.float64]) -> Score:
    low, high = np.quantile(values[1:], (0.025, 0.975))
    value, low, high = (round(float(number), 4) for number in (values[0], low, high))
    return Score(value=value, low=low, high=high)


def evaluate(
    head: str, path: Path, tier: Tier = TIER, *, without_accents: bool = False
) -> Figures | NameFigures:
    """Score a head on a file with the fields of the training data (`.jsonl`, `.conll` for names, or `.xz`).

    Raises ValueError for a head that the tier does not have and KeyError for a file without its field.
    """
    if head not in HEADS:
        raise ValueError(f"no head {head!r}; there are {', '.join(HEADS)}")
    if head in OWN_HEADS:
        return _own(head, path, tier, without_accents=without_accents)
    if tier != "encoder":
        raise ValueError(f"only the encoder has the head {head!r}")
    model = encoder.load(TIERS[tier])
    if head == "ner":
        sentences = list(public_sets.sentences(path))
        return name_figures(tagged(model, sentences, without_accents=without_accents))
    examples = public_sets.examples(head, path)
    read = [example.stripped() if without_accents else example for example in examples]
    pairs = [each.as_read(news=head in NEWS_SETS) for each in read]
    labels = model.heads[head]
    found = [labels[int(reading.probabilities[head].argmax())] for reading in model.read(pairs, (head,))]
    return figures(head, [example.labels[head] for example in examples], found)


def _own(head: str, path: Path, tier: Tier, *, without_accents: bool) -> Figures:
    rows = list(read_rows(path))
    found = annotate([_text(head, row, without_accents=without_accents) for row in rows], tier)
    return figures(head, [_truth(head, row) for row in rows], [found_label(head, labels) for labels in found])


def tagged(
    model: encoder.Encoder, sentences: Sequence[Sentence], *, without_accents: bool = False
) -> Iterator[tuple[Sequence[Name], Sequence[Name]]]:
    """The names of each sentence, true and found."""
    texts = (" ".join(sentence.words) for sentence in sentences)
    read = [restored(strip_accents(text) if without_accents else text).split(" ") for text in texts]
    for sentence, found in zip(sentences, model.names(read), strict=True):
        yield names(sentence.tags), found


def _text(head: str, row: Row, *, without_accents: bool) -> Text:
    title, text = clean(row.get("title", "")), clean(row["text"])
    if without_accents:
        title, text = strip_accents(title), strip_accents(text)
    kind = "article" if head in _ARTICLE_HEADS else "comment"
    return Text(kind=kind, title=title, text=text, published_at=row.get("published_at") or None)


def _truth(head: str, row: Row) -> str:
    if head == "topics":
        return str(row["topic1"])
    if head == "toxic":
        return "true" if row["toxic"] else "false"
    return province_today(row["province"]) if head == "province" else str(row[head])


def found_label(head: str, labels: Labels) -> str:
    """The label of a head, the main topic or the event's province (empty: none) for those with several."""
    if head == "topics":
        return labels.topics[0].label
    if head == "province":
        return labels.provinces[0].name if labels.provinces else ""
    scored = getattr(labels, head)
    return str(scored.label)
