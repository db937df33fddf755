"""Words that readers see: names and words of several syllables, as a reader would write them."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from importlib.resources import files

from underthesea import word_tokenize

from nlp.accents import restored
from nlp.text import normalise

_LETTERS = 4000
"""Segmentation takes about a millisecond for 500 letters."""
_SHORTEST = 4
_TITLE = 3
"""A word of the title counts as so many."""
_FORM = re.compile(r"[^\W\d_]+(?:[ -][^\W\d_]+)+|[^\W_]*[^\W\d_][^\W_]*-\d+")
_BREAKS = re.compile(r"[\"“”‘’'«»()\[\]{}<>|/\\…•*#@~^=+_–—]|https?://\S+")


def keywords(title: str, text: str, limit: int = 25) -> tuple[str, ...]:
    """The most frequent words and names of two or more syllables, most frequent first, at most `limit`.

    Names keep their capitals, other words are small, and what was typed without accents has them. Stop words
    and a paper's boilerplate are left out.
    """
    counts: Counter[str] = Counter()
    for part, weight in ((title, _TITLE), (text[:_LETTERS], 1)):
        for word in _words(restored(normalise(part))):
            counts[word] += weight
    return tuple(_one_spelling(counts))[:limit]


def _words(text: str) -> list[str]:
    found = []
    for sentence in _BREAKS.sub(" . ", text).split("\n"):
        for word in word_tokenize(sentence):
            if _FORM.fullmatch(word) and len(word) >= _SHORTEST:
                shown = _shown(word)
                if shown.lower() not in _stop_words():
                    found.append(shown)
    return found


def _shown(word: str) -> str:
    """Names keep their capitals; a word that only opens a sentence or a shouted title is written small."""
    syllables = re.split(r"[ -]", word)
    capital = [syllable[0].isupper() for syllable in syllables]
    if all(capital) and not word.isupper():
        return word
    return word.lower()


def _one_spelling(counts: Counter[str]) -> list[str]:
    """Merge spellings that differ in capitals into the most frequent one; most frequent word first."""
    spellings: dict[str, list[str]] = {}
    for word in counts:
        spellings.setdefault(word.lower(), []).append(word)
    merged = [
        (max(forms, key=counts.__getitem__), sum(map(counts.__getitem__, forms)))
        for forms in spellings.values()
    ]
    return [word for word, _ in sorted(merged, key=lambda pair: -pair[1])]


@cache
def _stop_words() -> frozenset[str]:
    text = files("nlp").joinpath("data/stop_words.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
