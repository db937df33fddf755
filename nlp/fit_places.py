"""Fits what `nlp.places` weighs: `python -m nlp.fit_places`.

Reads `LANGNGHE_DATA`, prints the held-out accuracy, writes `data/place_weights.json`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from nlp.corpora import Row, clean, data_folder, labelled_articles
from nlp.places import EVIDENCE, HAPPENS, Candidate, candidates, province_today

_FOLDS = 10
_HOME = 1.5
"""Weight of the source's home province, set by hand: the labelled articles come from national papers."""


class _Article(NamedTuple):
    named: list[Candidate]
    happens: str
    """Today's name of the event's province, empty for abroad, nationwide or none."""


def _read(rows: Iterable[Row]) -> list[_Article]:
    return [
        _Article(candidates(clean(row["text"]), clean(row["title"])), province_today(row["province"]))
        for row in rows
    ]


def _fit(articles: Sequence[_Article]) -> LogisticRegression:
    evidence = [candidate.evidence for article in articles for candidate in article.named]
    truth = [candidate.today == article.happens for article in articles for candidate in article.named]
    return LogisticRegression(C=3, fit_intercept=False, max_iter=2000).fit(evidence, truth)


def _guess(model: LogisticRegression, article: _Article) -> str:
    if not article.named:
        return ""
    scores = model.predict_proba([candidate.evidence for candidate in article.named])[:, 1]
    return article.named[int(scores.argmax())].today if scores.max() >= HAPPENS else ""


def held_out_accuracy(articles: Sequence[_Article]) -> float:
    """Share of articles whose province (or none) is found, over ten folds."""
    hits = 0
    for train, test in KFold(_FOLDS, shuffle=True, random_state=0).split(articles):
        model = _fit([articles[row] for row in train])
        hits += sum(_guess(model, articles[row]) == articles[row].happens for row in test)
    return hits / len(articles)


def main(folder: Path) -> None:
    """Print the accuracy, fit on everything, write the weights."""
    articles = _read(labelled_articles(folder))
    sys.stdout.write(f"{len(articles)} articles, held-out accuracy {held_out_accuracy(articles):.4f}\n")
    weights = dict(zip(EVIDENCE, np.round(_fit(articles).coef_[0], 2).tolist(), strict=True))
    text = json.dumps(weights | {"home": _HOME}, indent=1) + "\n"
    (Path(__file__).parent / "data" / "place_weights.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(data_folder())
