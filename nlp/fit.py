"""Fits a space of the linear tier: which n-grams to know, then one logistic regression a head."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from nlp.corpora import Example, Hinted
from nlp.features import BUCKETS, Floats, Vocabulary, count
from nlp.linear import Block, Head, Pair, Space, batches, softmax, vocabulary

Weights = tuple[Floats, Floats]
Weight = npt.NDArray[np.float64]


_FEW = 40
"""A label with fewer texts in a part weighs as if it had so many."""


class Question(NamedTuple):
    """A head and how it is fitted."""

    head: Head
    strength: float
    """Inverse regularisation of the regression."""
    balance: float = 0.0
    """From 0 (texts weigh the same) to 1 (labels weigh the same, within each part of the data)."""


class Recipe(NamedTuple):
    """What a space is made of."""

    blocks: tuple[Block, ...]
    news: bool
    """Whether the texts are news."""
    questions: tuple[Question, ...]
    seen: int
    """Texts that an n-gram must stand in."""
    kept: int
    """N-grams that stay in the end, those with the largest weights in any head."""
    hint_weight: float = 0.1
    """Of an article known by its section only, beside 1 for a labelled one."""


def fit(recipe: Recipe, examples: Sequence[Example], hinted: Sequence[Hinted] = ()) -> Space:
    """Fit twice: on every n-gram seen often enough, then on those that carried weight."""
    read = (*examples, *(hint.example for hint in hinted))
    pairs = [each.as_read(news=recipe.news) for each in read]
    space = _untrained(recipe, pairs)
    space = _pruned(_fit_heads(recipe, space, pairs[: len(examples)], examples, ()), recipe.kept)
    return _fit_heads(recipe, space, pairs, examples, hinted)


def _untrained(recipe: Recipe, pairs: Sequence[Pair]) -> Space:
    heads = tuple(question.head for question in recipe.questions)
    nothing = np.zeros((0, 0), dtype=np.float32)
    empty = Space(recipe.blocks, (), heads, nothing, nothing)
    read = empty.read(pairs)
    known = (_vocabulary(texts, block, salt, recipe.seen) for salt, block, texts in read)
    return empty._replace(vocabularies=tuple(known))


def _vocabulary(texts: Sequence[str], block: Block, salt: int, seen: int) -> Vocabulary:
    documents = np.zeros(BUCKETS, dtype=np.int64)
    for batch in batches(texts):
        rows, buckets = count(batch, block.grams, salt)
        found = np.unique(rows * BUCKETS + buckets) % BUCKETS
        documents += np.bincount(found, minlength=BUCKETS)
    buckets = np.flatnonzero(documents >= seen).astype(np.uint32)
    return vocabulary(buckets, np.log((1 + len(texts)) / (1 + documents[buckets])) + 1)


def _fit_heads(
    recipe: Recipe, space: Space, pairs: Sequence[Pair], examples: Sequence[Example], hinted: Sequence[Hinted]
) -> Space:
    features = sparse.vstack([space.features(batch) for batch in batches(pairs)], format="csr")
    labelled, hints = features[: len(examples)], features[len(examples) :]
    fitted = []
    for head, strength, balance in recipe.questions:
        rows, truth = _truth(head, examples)
        weight = _balanced(truth, [examples[row].part for row in rows], balance)
        weights = _regression(labelled[rows], truth, len(head.labels), strength, weight)
        if head.name == "topics" and hinted:
            guesses, sure = _guess(hints @ weights[0] + weights[1], head, hinted)
            weight = np.concatenate([weight, np.full(len(sure), recipe.hint_weight)])
            both = sparse.vstack([labelled[rows], hints[sure]], format="csr")
            weights = _regression(both, np.append(truth, guesses), len(head.labels), strength, weight)
        fitted.append(weights)
    return space._replace(
        weights=np.hstack([weights for weights, _ in fitted]), bias=np.hstack([bias for _, bias in fitted])
    )


def _truth(head: Head, examples: Sequence[Example]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows that have a label of the head, and which; a second topic is a row of its own."""
    found = [
        (row, example.labels[head.name])
        for row, example in enumerate(examples)
        if head.name in example.labels
    ]
    if head.name == "topics":
        found += [(row, example.second_topic) for row, example in enumerate(examples) if example.second_topic]
    rows, labels = zip(*found, strict=True)
    return np.array(rows), np.array([head.labels.index(label) for label in labels])


def _balanced(truth: npt.NDArray[np.int64], parts: Sequence[str], balance: float) -> Weight:
    """Which label is common differs from place to place; these weights keep a model from learning that."""
    cells = list(zip(parts, truth.tolist(), strict=True))
    count_of, size = Counter(cells), Counter(parts)
    labels = len(set(truth.tolist()))
    return np.array(
        [(size[part] / labels / max(_FEW, count_of[part, label])) ** balance for part, label in cells]
    )


def _guess(
    scores: Floats, head: Head, hinted: Sequence[Hinted]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Label hinted articles by the model within what the section allows; the labels, and which rows are sure.

    Without a hint the model must give the label 0.6, with one 0.25.
    """
    allowed = np.array(
        [[not hint.topics or label in hint.topics for label in head.labels] for hint in hinted]
    )
    probabilities = softmax(scores) * allowed
    enough = np.where(allowed.all(axis=1), 0.6, 0.25)
    sure = np.flatnonzero(probabilities.max(axis=1) >= enough)
    return probabilities[sure].argmax(axis=1), sure


def _regression(
    features: sparse.csr_array,
    truth: npt.NDArray[np.int64],
    labels: int,
    strength: float,
    weight: Weight,
) -> Weights:
    model = LogisticRegression(C=strength, tol=1e-4, max_iter=150).fit(features, truth, sample_weight=weight)
    weights = np.zeros((features.shape[1], labels), dtype=np.float32)
    bias = np.full(labels, -20, dtype=np.float32)  # A label that was never seen.
    if (
        len(model.classes_) == 2
    ):  # sklearn keeps one row for two classes; half of it each way is the same softmax.
        sides = np.array([-0.5, 0.5], dtype=np.float32)
        weights[:, model.classes_] = model.coef_.T * sides
        bias[model.classes_] = model.intercept_ * sides
    else:
        weights[:, model.classes_] = model.coef_.T
        bias[model.classes_] = model.intercept_
    return weights, bias


def _pruned(space: Space, kept: int) -> Space:
    # Each label by its own measure: a head with small weights must not lose its n-grams to the others.
    importance = np.abs(space.weights / space.weights.std(axis=0)).max(axis=1)
    threshold = np.sort(importance)[-min(kept, len(importance))]
    known, start = [], 0
    for words in space.vocabularies:
        buckets = np.flatnonzero(words.columns >= 0)
        keep = importance[start : start + len(buckets)] >= threshold
        known.append(vocabulary(buckets[keep].astype(np.uint32), words.idf[keep]))
        start += len(buckets)
    return space._replace(vocabularies=tuple(known))
