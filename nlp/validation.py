"""The figures of an encoder on what its training never saw: by head and part, by length, without accents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from nlp.annotate import TIERS, model_card
from nlp.corpora import Example, data_folder
from nlp.encoder import Encoder, load
from nlp.evaluate import WITHOUT_ACCENTS, Figures, NameFigures, figures, name_figures, recorded, tagged
from nlp.labels import Tier
from nlp.public_sets import Sentence
from nlp.tasks import Task, tasks

_SHORT, _LONG = 12, 60
"""Words: a third of the comments is shorter, a tenth longer."""

Measured = dict[str, Figures | NameFigures]


def held_out(tier: Tier) -> Measured:
    """The figures of a released tier: the encoder's measured now, the linear tier's from its folds.

    Raises DataMissingError without the data folder, which only the encoder needs, and ValueError for an
    unknown tier.
    """
    if tier == "encoder":
        return validate(load(TIERS[tier]), tasks(data_folder()))
    return recorded(model_card(tier)["validation"])


def validate(model: Encoder, learned: Sequence[Task]) -> Measured:
    """Every head on the held-out examples of each part: `sentiment/news`, `sentiment/news/without_accents`.

    Comments also by length: `sentiment/news/short`, `sentiment/news/long`.
    """
    labelled: dict[str, list[tuple[str, str]]] = defaultdict(list)
    measured: Measured = {}
    for task in learned:
        held = task.checked()
        sentences = [each for each in held if isinstance(each, Sentence)]
        for ending in ("", WITHOUT_ACCENTS):
            if sentences:
                found = tagged(model, sentences, without_accents=bool(ending))
                measured[task.name + ending] = name_figures(found)
            examples = [each.stripped() if ending else each for each in held if isinstance(each, Example)]
            for name, truth, label in _labels(model, task, examples):
                labelled[name + ending].append((truth, label))
    for name, pairs in labelled.items():
        measured[name] = figures(name.partition("/")[0], *zip(*pairs, strict=True))
    return measured


def _labels(model: Encoder, task: Task, examples: Sequence[Example]) -> Iterator[tuple[str, str, str]]:
    """The name of each figure that an example counts for, the true label and the model's."""
    pairs = [each.as_read(news=task.news) for each in examples]
    heads = {head for example in examples for head in example.labels} & model.heads.keys()
    for example, reading in zip(examples, model.read(pairs, heads), strict=True):
        words = len(example.text.split())
        length = "/short" if words < _SHORT else "/long" if words > _LONG else ""
        for head in heads & example.labels.keys():
            truth, label = example.labels[head], model.heads[head][int(reading.probabilities[head].argmax())]
            yield f"{head}/{example.part}", truth, label
            if length and task.name == "comments":
                yield f"{head}/{example.part}{length}", truth, label
