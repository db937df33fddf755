"""The encoder's companion: linear models fitted to the examples that the encoder learns from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nlp.corpora import Example, hinted
from nlp.features import Grams
from nlp.fit import Question, Recipe, fit
from nlp.linear import Block, Head, Model
from nlp.tasks import HEADS, Task, labelled_articles
from nlp.train import ARTICLE, PEOPLE

SECTIONS = Recipe(
    blocks=(Block("text", Grams(words=2), letters=20_000),),
    news=True,
    questions=(Question(Head("vntc10", HEADS["vntc10"]), strength=30.0),),
    seen=6,
    kept=60_000,
)


def companion(folder: Path, tasks: Sequence[Task]) -> Model:
    """Fit the linear tier's recipes, and one for the sections of newspapers, to what is not held out."""
    examples = {task.name: [each for each in task.examples if isinstance(each, Example)] for task in tasks}
    with_topics = [each for each in examples["comments"] if "topics" in each.labels]
    spaces = {
        "article": fit(
            ARTICLE, [*examples["articles"], *with_topics], hinted(folder, labelled_articles(tasks))
        ),
        "people": fit(PEOPLE, examples["comments"]),
        "sections": fit(SECTIONS, examples["vntc10"]),
    }
    return Model(spaces, {})
