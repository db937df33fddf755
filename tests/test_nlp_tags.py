from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from nlp.tags import TAGS, Name, follows, likeliest, names

LEARNED = follows([["B-PER", "I-PER", "O"], ["O", "B-LOC", "O"], ["B-ORG", "I-ORG"], []])


def _sum(row: tuple[int, ...], scores: np.ndarray) -> float:
    steps = sum(LEARNED[before, after] for before, after in pairwise((len(TAGS), *row)))
    return float(steps + sum(scores[place, tag] for place, tag in enumerate(row)))


def test_the_likeliest_row_is_the_best_of_all_rows() -> None:
    chance = np.random.default_rng(0)
    sentences = [chance.normal(size=(words, len(TAGS))).astype(np.float32) for words in (3, 0, 4, 1)]
    for found, scores in zip(likeliest(sentences, LEARNED), sentences, strict=True):
        rows = product(range(len(TAGS)), repeat=len(scores))
        assert found == [TAGS[tag] for tag in max(rows, key=lambda row: _sum(row, scores))]


@pytest.mark.parametrize("sentences", [[], [np.zeros((0, len(TAGS)), np.float32)]])
def test_no_word_has_no_tag(sentences: list[np.ndarray]) -> None:
    assert likeliest(sentences, LEARNED) == [[] for _ in sentences]


def test_the_rest_of_a_name_follows_its_beginning() -> None:
    scores = np.zeros((2, len(TAGS)), np.float32)
    scores[0, TAGS.index("O")] = 1.0
    scores[1, TAGS.index("I-ORG")] = 3.0
    assert likeliest([scores], LEARNED) == [["B-ORG", "I-ORG"]]


def test_tags_make_names() -> None:
    tags = ["B-PER", "I-PER", "O", "I-LOC", "I-ORG", "B-ORG"]
    assert names(tags) == [Name("PER", 0, 2), Name("LOC", 3, 4), Name("ORG", 4, 5), Name("ORG", 5, 6)]
