"""Scores a head against labelled texts: accuracy, macro-F1, each class, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from nlp.annotate import annotate
from nlp.corpora import Row, clean, read_rows
from nlp.labels import Labels, Text
from nlp.places import province_today
from nlp.text import strip_accents

HEADS = ("sentiment", "target", "toxic", "topics", "valence", "stance", "province")
_ARTICLE_HEADS = ("topics", "valence", "stance", "province")
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
    classes: dict[str, Class]


def figures(head: str, truth: Sequence[str], found: Sequence[str]) -> Figures:
    """Compare labels, text by text. Macro-F1 is over the labels that occur in the truth."""
    labels = sorted({*truth, *found})
    number = {label: index for index, label in enumerate(labels)}
    confusion = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(confusion, ([number[label] for label in truth], [number[label] for label in found]), 1)
    # Drawing texts with replacement is drawing their cells of the confusion matrix.
    cells = np.random.default_rng(0).multinomial(len(truth), confusion.ravel() / len(truth), size=_SAMPLES)
    samples = np.concatenate([confusion[None], cells.reshape(-1, *confusion.shape)])
    hits = np.diagonal(samples, axis1=1, axis2=2)
    precision, recall = _ratio(hits, samples.sum(axis=1)), _ratio(hits, samples.sum(axis=2))
    f1 = _ratio(2 * precision * recall, precision + recall)
    real = confusion.sum(axis=1) > 0
    classes = {
        label: Class(
            texts=int(confusion[index].sum()),
            precision=_round(precision[0, index]),
            recall=_round(recall[0, index]),
            f1=_round(f1[0, index]),
        )
        for label, index in number.items()
        if real[index]
    }
    return Figures(
        head=head,
        texts=len(truth),
        accuracy=_score(hits.sum(axis=1) / len(truth)),
        macro_f1=_score(f1[:, real].mean(axis=1)),
        classes=classes,
    )


def below_floors(measured: Mapping[str, Figures], floors: Mapping[str, Mapping[str, float]]) -> list[str]:
    """What falls below its pinned floor (`{name: {"macro_f1": 0.6}}`), a line each."""
    broken = []
    for name, pinned in floors.items():
        if name not in measured:
            broken.append(f"{name}: not measured")
            continue
        for figure, floor in pinned.items():
            value = getattr(measured[name], figure).value
            if value < floor:
                broken.append(f"{name}: {figure} {value:.3f} < {floor}")
    return broken


def _ratio(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    shape = np.broadcast_shapes(part.shape, whole.shape)
    ratio: npt.NDArray[np.float64] = np.divide(part, whole, out=np.zeros(shape), where=whole > 0)
    return ratio


def _round(value: float) -> float:
    return round(float(value), 4)


def _score(values: npt.NDArray[np.float64]) -> Score:
    low, high = np.quantile(values[1:], (0.025, 0.975))
    return Score(value=_round(values[0]), low=_round(low), high=_round(high))


def evaluate(head: str, path: Path, tier: str = "linear", *, without_accents: bool = False) -> Figures:
    """Score a head on a `.jsonl` or `.jsonl.xz` file with the fields of the training data.

    Raises ValueError for a head that is not in `HEADS` and KeyError for a file without its field.
    """
    if head not in HEADS:
        raise ValueError(f"no head {head!r}; there are {', '.join(HEADS)}")
    rows = list(read_rows(path))
    found = annotate([_text(head, row, without_accents=without_accents) for row in rows], tier)
    return figures(head, [_truth(head, row) for row in rows], [found_label(head, labels) for labels in found])


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
