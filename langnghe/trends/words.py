"""Which words and phrases a day uses more than the days before.

The score is the log-odds ratio with an informative Dirichlet prior, in standard errors (Monroe, Colaresi and
Quinn 2008, "Fightin' Words", eq. 22), over the documents that hold a word. It ranks; whether a word rose at
all says the exact test of `rates`, because standard errors promise too much for words of a few documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log, sqrt

import numpy as np
from pydantic import BaseModel, ConfigDict

from langnghe.trends import rates

FEWEST = 3
"""Documents of the day that must hold a word."""
_DISCOVERY_RATE = 0.1
_PRIOR = 500.0
# A phrase speaks for a shorter one within it when it stands in so much of its documents.
_COVERS = 0.6


class Word(BaseModel):
    """A word or phrase, as readers write it, that the day uses more than the days before."""

    model_config = ConfigDict(frozen=True)

    word: str
    today: int
    """Documents of the day with it."""
    before: int
    """Documents of all baseline days together."""
    usual: float
    """`before` a day."""
    score: float
    """Log-odds ratio in standard errors."""


def rising_words(today: Mapping[str, int], before: Mapping[str, int], days: int, most: int) -> list[Word]:
    """The words of a day's documents that rose most, at most `most`; `days` is how many `before` covers."""
    all_today, all_before = sum(today.values()), sum(before.values())
    found = []
    for word, count in _risen(today, before, all_before / all_today if all_today else 0.0):
        earlier = before.get(word, 0)
        prior = _PRIOR * (count + earlier) / (all_today + all_before)
        score = _log_odds(count, all_today, prior) - _log_odds(earlier, all_before, prior)
        score /= sqrt(1 / (count + prior) + 1 / (earlier + prior))
        usual = round(earlier / days, 2)
        found.append(Word(word=word, today=count, before=earlier, usual=usual, score=round(score, 2)))
    found.sort(key=lambda word: (-word.score, word.word))
    return _merged(found)[:most]


def _risen(today: Mapping[str, int], before: Mapping[str, int], times: float) -> list[tuple[str, int]]:
    """Words whose share of the day exceeds that of the days before, which hold `times` as many words."""
    words = [word for word, count in today.items() if count + before.get(word, 0) >= rates.FEWEST]
    counts = np.array([today[word] for word in words])
    earlier = np.array([before.get(word, 0) for word in words])
    if not words or not times:
        return []
    qs = rates.q_values(list(rates.share_p_values(counts, earlier, times)))
    return [
        (word, today[word])
        for word, q in zip(words, qs, strict=True)
        if q <= _DISCOVERY_RATE and today[word] >= FEWEST
    ]


def _log_odds(count: int, total: int, prior: float) -> float:
    return log((count + prior) / (total + _PRIOR - count - prior))


def _merged(words: Iterable[Word]) -> list[Word]:
    """Of phrases that hold one another, the longer where it covers the shorter, else the shorter."""
    kept: list[Word] = []
    for word in words:
        rivals = [other for other in kept if _within(word, other) or _within(other, word)]
        if not rivals:
            kept.append(word)
        elif all(_within(other, word) and word.today >= _COVERS * other.today for other in rivals):
            kept[kept.index(rivals[0])] = word
            kept = [other for other in kept if other not in rivals]
    return kept


def _within(short: Word, long: Word) -> bool:
    return short.word != long.word and f" {short.word.lower()} " in f" {long.word.lower()} "
