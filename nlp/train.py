"""Trains the linear tier, `langnghe train --tier linear`: reads `LANGNGHE_DATA`, writes `models/linear-1.*`.

The same data give the same weights. Figures come from five folds; comments of one article or post
never stand on both sides of a fold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from sklearn.model_selection import GroupKFold

from nlp.corpora import (
    Example,
    Hinted,
    articles,
    comments,
    hinted,
    project_articles,
    project_comments,
    written,
    written_comments,
)
from nlp.evaluate import WITHOUT_ACCENTS, Figures, figures
from nlp.features import Grams
from nlp.fit import Question, Recipe, fit
from nlp.labels import SENTIMENTS, STANCES, TARGETS, TOPICS, VALENCES
from nlp.linear import Block, Head, Model, Space, batches
from nlp.release import linear_files, released_card, write
from nlp.tasks import stays_out

VERSION = "linear-1"
_FOLDS = 5

ARTICLE = Recipe(
    blocks=(Block("all", Grams(words=2)), Block("title", Grams(words=2), weight=0.6)),
    news=True,
    questions=(
        Question(Head("topics", tuple(TOPICS)), strength=30.0, balance=0.3),
        Question(Head("valence", tuple(VALENCES)), strength=15.0, balance=0.7),
        Question(Head("stance", tuple(STANCES)), strength=15.0, balance=1.0),
    ),
    seen=4,
    kept=80_000,
)
PEOPLE = Recipe(
    blocks=(
        Block("text", Grams(words=2)),
        Block("text", Grams(shortest=2, longest=5)),
        Block("title", Grams(words=2), weight=0.5),
    ),
    news=False,
    questions=(
        Question(Head("sentiment", tuple(SENTIMENTS)), strength=1.0, balance=0.7),
        Question(Head("target", tuple(TARGETS)), strength=2.0, balance=0.7),
        Question(Head("toxic", ("false", "true")), strength=1.0, balance=1.0),
    ),
    seen=3,
    kept=120_000,
)


def cross_validate(
    recipe: Recipe, examples: Sequence[Example], hints: Sequence[Hinted] = ()
) -> dict[str, Figures]:
    """Figures of each head by part of the data, as written and `without_accents`: `sentiment/news`.

    Those without accents are of the texts that stay out of every training: `nlp.accents` knows the others.
    """
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    groups = [example.title or example.text for example in examples]
    for train, test in GroupKFold(_FOLDS).split(groups, groups=groups):
        space = fit(recipe, [examples[row] for row in train], hints)
        held_out = [examples[row] for row in test]
        bare = [example.stripped() for example in held_out if stays_out(example)]
        for ending, read in (("", held_out), (WITHOUT_ACCENTS, bare)):
            for head, labels in _predict(space, read, news=recipe.news).items():
                for example, label in zip(read, labels, strict=True):
                    if head in example.labels:
                        found[f"{head}/{example.part}{ending}"].append((example.labels[head], label))
    return {name: figures(name.partition("/")[0], *zip(*found[name], strict=True)) for name in sorted(found)}


def _predict(space: Space, examples: Sequence[Example], *, news: bool) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for batch in batches([each.as_read(news=news) for each in examples]):
        for head, labels, probabilities in space.predict(batch):
            found.setdefault(head, []).extend(labels[best] for best in probabilities.argmax(axis=1))
    return found


def train(folder: Path, target: Path) -> dict[str, Figures]:
    """Validate, fit on everything, write `linear-1.npz` and `linear-1.json` to `target`; the figures.

    Raises BelowFloorError, and writes nothing, when a figure is below its floor in `floors.json`.
    """
    people = comments(folder) + project_comments(folder) + written() + written_comments()
    news = articles(folder) + project_articles(folder) + written()
    hints = hinted(folder, news)
    measured = cross_validate(PEOPLE, people) | cross_validate(ARTICLE, news, hints)
    card = released_card("linear", measured)
    spaces = {"article": fit(ARTICLE, news, hints), "people": fit(PEOPLE, people)}
    write(target, VERSION, linear_files(Model(spaces, card)))
    return measured
