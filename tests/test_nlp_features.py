from __future__ import annotations

import numpy as np

from nlp.features import BUCKETS, Grams, count, weigh
from nlp.linear import vocabulary


def _buckets(text: str, grams: Grams, salt: int = 1) -> list[int]:
    rows, buckets = count([text], grams, salt)
    assert set(rows.tolist()) <= {0}
    return sorted(buckets.tolist())


def test_a_text_counts_its_words_and_word_pairs() -> None:
    assert len(_buckets("Nước máy đục", Grams(words=2))) == 5
    assert len(_buckets("nước", Grams(words=2))) == 1
    assert _buckets("", Grams(words=2)) == []
    assert _buckets("…!?", Grams(words=2)) == []


def test_place_case_punctuation_and_neighbours_do_not_matter_for_words() -> None:
    alone = _buckets("nước máy", Grams(words=2))
    rows, buckets = count(["khác hẳn", "«NƯỚC, Máy!»", "nước"], Grams(words=2), 1)
    assert sorted(buckets[rows == 1].tolist()) == alone


def test_no_gram_crosses_two_texts() -> None:
    for grams in (Grams(words=3), Grams(shortest=2, longest=5)):
        rows, buckets = count(["ab cd", "ef"], grams, 1)
        assert sorted(buckets[rows == 1].tolist()) == _buckets("ef", grams)


def test_order_accents_and_salt_matter() -> None:
    assert _buckets("bán đất", Grams(words=1)) != _buckets("bạn đất", Grams(words=1))
    assert _buckets("a b", Grams(words=2)) != _buckets("b a", Grams(words=2))
    assert _buckets("nước", Grams(words=1), salt=1) != _buckets("nước", Grams(words=1), salt=2)


def test_all_digits_are_one() -> None:
    assert _buckets("năm 2025", Grams(words=2)) == _buckets("năm 1998", Grams(words=2))


def test_letter_runs_cover_the_text_and_its_edges() -> None:
    assert len(_buckets("abc", Grams(shortest=2, longest=3))) == 4 + 3  # of " abc "


def test_weighed_rows_have_length_one_or_none() -> None:
    known = vocabulary(np.unique(count(["nước máy đục"], Grams(words=1), 1)[1]), np.array([1.0, 2.0, 3.0]))
    matrix = weigh(["Nước máy nước", "không biết", "đục"], Grams(words=1), 1, known)
    assert matrix.shape == (3, 3)
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    assert np.allclose(lengths, [1, 0, 1])


def test_every_script_and_emoji_is_taken() -> None:
    rows, buckets = count(["日本 👍 \U0010ffff хорошо"], Grams(words=1, shortest=1, longest=2), 1)
    assert len(rows) == len(buckets) > 0
    assert int(buckets.max()) < BUCKETS
