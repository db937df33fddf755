"""How common each label is in the data; what of that a release assumes, and what its companion weighs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.metrics import accuracy_score, f1_score

from nlp.corpora import Example
from nlp.encoder import Encoder, logarithms, mixed
from nlp.features import Floats
from nlp.linear import Pair
from nlp.tasks import HEADS, KNOWN, Task

NATURAL = ("news", KNOWN, "facebook", "2026", "2017-local")
"""Parts that were drawn without choosing; the others say nothing of how common a label is.

YouTube's 650 stand under eight videos that hardly name a business: with them, `business` is taken for rare
under news too (macro-F1 of target there .712, without them .735; 2026-11-25)."""
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
_WEIGHTS = (0.0, 0.15, 0.3, 0.45, 0.6, 0.75)

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


def biases(draft: Encoder, tasks: Sequence[Task], known: Priors) -> dict[str, Floats]:
    """What to add to the scores of each head of `draft`, which has none added and weighs no companion.

    Each head assumes that part of the natural parts' shares, or of its set's, that does best on what was held
    out: all of it does not (2026-11-25: UIT-VSFC .913 weighted F1 with all, .930 with half, .891 with none).
    """
    found: dict[str, Floats] = {}
    for head in HEADS:
        natural = [known[head][part] for part in NATURAL if part in known[head]]
        found[head] = np.mean(natural or list(known[head].values()), axis=0)
    for task in tasks:
        held = _held(task)
        for head, own in _probabilities(draft, task, held).items():
            scores = ((logarithms(own) + share * found[head], share) for share in _SHARES)
            rated = ((_quality(held, head, scored), share) for scored, share in scores)
            found[head] = max(rated)[1] * found[head]
    return found


def companion_shares(alone: Encoder, tasks: Sequence[Task]) -> dict[str, float]:
    """How much the companion's word should weigh beside that of `alone`, which weighs none yet.

    What does best on the texts held out; heads in which it had better have no say are left out.
    """
    found: dict[str, float] = {}
    asked = {head.name for space in alone.companion.spaces.values() for head in space.heads}
    for task in tasks:
        held = [each for each in _held(task) if not asked.isdisjoint(each.labels)]
        own = _probabilities(alone, task, held)
        beside = alone.companion.probabilities(_pairs(task, held), own)
        for head in sorted(own.keys() & beside.keys()):
            scores = ((mixed(own[head], beside[head], share), share) for share in _WEIGHTS)
            share = max((_quality(held, head, scored), share) for scored, share in scores)[1]
            if share:
                found[head] = share
    return found


def _held(task: Task) -> list[Example]:
    """The held-out texts of a public set, and of the project's own those that were drawn without choosing."""
    texts = [each for each in task.checked() if isinstance(each, Example)]
    return [each for each in texts if task.public or each.part in NATURAL]


def _pairs(task: Task, examples: Sequence[Example]) -> list[Pair]:
    return [each.as_read(news=task.news) for each in examples]


def _probabilities(model: Encoder, task: Task, examples: Sequence[Example]) -> dict[str, Floats]:
    """Head → texts × labels, of the heads that the examples are labelled for."""
    heads = {head for each in examples for head in each.labels} & HEADS.keys()
    readings = list(model.read(_pairs(task, examples), heads))
    return {head: np.stack([reading.probabilities[head] for reading in readings]) for head in sorted(heads)}


def _quality(examples: Sequence[Example], head: str, scores: Floats) -> float:
    """Accuracy and macro-F1 over the parts, which weigh the same."""
    quality = 0.0
    for part in {each.part for each in examples if head in each.labels}:
        rows = [row for row, each in enumerate(examples) if each.part == part and head in each.labels]
        truth = [examples[row].labels[head] for row in rows]
        found = [HEADS[head][best] for best in scores[rows].argmax(axis=1)]
        quality += accuracy_score(truth, found)
        quality += f1_score(truth, found, average="macro", labels=sorted(set(truth)))
    return quality
