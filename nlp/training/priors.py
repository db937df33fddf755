"""How common each label is in each part of the data, and how much of that a released model assumes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from nlp.corpora import Example
from nlp.encoder import Encoder
from nlp.evaluate import figures
from nlp.features import Floats
from nlp.linear import as_read
from nlp.tasks import HEADS, KNOWN, Task

NATURAL = ("news", KNOWN, "facebook", "youtube", "2026", "2017-local")
"""Parts that were drawn without choosing; the others say nothing of how common a label is."""
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)

Priors = Mapping[str, Mapping[str, Floats]]
"""Head → part of the data → logarithm of each label's share."""


def priors(tasks: Sequence[Task]) -> Priors:
    """The shares of the training examples, no label's below about a hundredth.

    Added to the scores in training, they keep the network from learning where a text comes from instead of
    what it says (logit adjustment, Menon et al. 2021, arXiv:2007.07314).
    """
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for task in tasks:
        for example in task.examples:
            if isinstance(example, Example):
                for head, label in example.labels.items():
                    counts[head][example.part][label] += 1
    return {
        head: {part: _logarithms(HEADS[head], seen) for part, seen in parts.items()}
        for head, parts in counts.items()
        if head in HEADS
    }


def _logarithms(labels: Sequence[str], seen: Counter[str]) -> Floats:
    share = np.array([seen[label] + 0.01 * seen.total() + 1 for label in labels])
    return np.asarray(np.log(share / share.sum()), np.float32)


def biases(model: Encoder, tasks: Sequence[Task], known: Priors) -> dict[str, Floats]:
    """What to add to the scores of each head of `model`, which has none added yet.

    A public set's head assumes the shares of its set; a head of the project the share of the natural parts'
    shares that does best on what was held out.
    """
    found: dict[str, Floats] = {}
    for head in HEADS:
        natural = [known[head][part] for part in NATURAL if part in known[head]]
        found[head] = np.mean(natural or list(known[head].values()), axis=0)
    for task in tasks:
        if not task.public:
            found |= _best(model, task, found)
    return found


def _best(model: Encoder, task: Task, natural: Mapping[str, Floats]) -> dict[str, Floats]:
    held = [each for each in task.held_out if isinstance(each, Example) and each.part in NATURAL]
    pairs = [as_read(each.title, each.text, news=task.news) for each in held]
    readings = list(model.read(pairs))
    chosen = {}
    for head in {head for each in held for head in each.labels} & HEADS.keys():
        scores = np.log(np.stack([reading.probabilities[head] for reading in readings]))
        rated = [(_quality(held, head, scores + share * natural[head]), share) for share in _SHARES]
        chosen[head] = max(rated)[1] * natural[head]
    return chosen


def _quality(examples: Sequence[Example], head: str, scores: Floats) -> float:
    """Accuracy and macro-F1 over the parts, which weigh the same."""
    quality = 0.0
    for part in {each.part for each in examples if head in each.labels}:
        rows = [row for row, each in enumerate(examples) if each.part == part and head in each.labels]
        truth = [examples[row].labels[head] for row in rows]
        found = figures(head, truth, [HEADS[head][best] for best in scores[rows].argmax(axis=1)])
        quality += found.accuracy.value + found.macro_f1.value
    return quality
