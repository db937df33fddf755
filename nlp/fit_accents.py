"""Counts what `nlp.accents` knows: `python -m nlp.fit_accents`.

Reads `LANGNGHE_DATA`, writes `models/accents-1.npz`, prints what share of the syllables comes back right in
the texts that are held out of every training: these are not counted, nor is what was itself typed without
accents, and a title is counted once.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.progress import track

from nlp.accents import (
    START,
    TOKEN,
    UNKNOWN,
    VERSION,
    Ids,
    Syllables,
    Table,
    lacks_accents,
    pack,
    restored,
    spellings,
    words,
)
from nlp.corpora import Example, data_folder, unlabelled_articles
from nlp.features import Floats
from nlp.public_sets import Sentence
from nlp.tasks import labelled_articles, tasks
from nlp.text import strip_accents

_SEEN, _SEEN_PAIR, _SEEN_TRIPLE = 5, 3, 5
"""So often a form, a pair and a triple must be counted; with all of them about a point more comes back right,
in 8 times the space."""
_SHARE = 5e-4
"""Of a syllable's readings, a form must have so much: the others are slips of the hand."""
_SHARE_BARE = 0.005
"""So much one without accents where others have some: beneath, somebody left them out. `la` of Sơn La has it,
`nguoi` has not."""
_FOREIGN = 100
"""A word that has no form with accents must be counted so often: it tells something of its neighbours."""
_LONGEST = 7
"""Letters of the longest syllable, `nghiêng`."""
_DISCOUNT = 0.75
"""Taken off every count for what was never seen."""
_OWN = 3
"""A text of the project's own sets counts as so many: people who leave accents out write such texts.

At 1, F1 of toxic comments on Facebook falls from .70 to .62 when their accents are taken away, at 3 to .65,
at 5 to .66 with a model of 6 MB (2026-11-25)."""
_TRIED = 300
"""Texts of each part that the printed figures are of."""


def fit(texts: Iterable[str]) -> Syllables:
    """Count texts in their normal form."""
    stream, forms = _numbered(texts)
    count = len(forms)
    keys, counts = _counted(stream[:-1] * count + stream[1:], stream[1:] != START)
    single = np.bincount(keys % count, minlength=count) + 0.1
    pairs, after_one = _discounted(keys, counts, _SEEN_PAIR, keys // count, count)
    places, known = pairs.find(stream[:-2] * count + stream[1:-1])
    inner = (stream[1:-1] != START) & (stream[2:] != START)
    keys, counts = _counted(places * count + stream[2:], inner & known)
    triples, after_two = _discounted(keys, counts, _SEEN_TRIPLE, keys // count, len(pairs.keys))
    probabilities = np.asarray(single / single.sum(), np.float32)
    return Syllables(forms, spellings(forms), probabilities, pairs, after_one, triples, after_two)


def _numbered(texts: Iterable[str]) -> tuple[Ids, tuple[str, ...]]:
    """All texts as one row of ids, and the form of each id."""
    numbers: dict[str, int] = {}
    row: list[int] = []
    for text in texts:
        row.append(-1)
        row += (
            numbers.setdefault(token[0], len(numbers)) if token["word"] else -1
            for token in TOKEN.finditer(text.lower())
        )
    found = np.array(row)
    seen = dict(zip(numbers, np.bincount(found[found >= 0], minlength=len(numbers)).tolist(), strict=True))
    kept = _kept(seen)
    ids = np.full(len(numbers) + 1, UNKNOWN)
    ids[-1] = START
    for id_, form in enumerate(kept, UNKNOWN + 1):
        ids[numbers[form]] = id_
    stream = ids[found]
    again = np.append(False, (stream[1:] == START) & (stream[:-1] == START))
    return stream[~again], ("", "", *kept)


def _kept(seen: dict[str, int]) -> list[str]:
    """The forms that the model knows, the most frequent first."""
    readings: dict[str, Counter[str]] = {}
    for form, times in seen.items():
        bare = strip_accents(form)
        if times >= _SEEN and bare.isascii() and bare.isalpha() and len(bare) <= _LONGEST:
            readings.setdefault(bare, Counter())[form] = times
    kept = [
        form
        for bare, forms in readings.items()
        for form, times in forms.items()
        if times >= _enough(form, bare, forms)
    ]
    return sorted(kept, key=lambda form: -seen[form])


def _enough(form: str, bare: str, forms: Counter[str]) -> float:
    """How often a form must be counted to be known."""
    if list(forms) == [bare]:
        return _FOREIGN
    return (_SHARE_BARE if form == bare else _SHARE) * forms.total()


def _counted(keys: Ids, inside: npt.NDArray[np.bool_]) -> tuple[Ids, Ids]:
    return np.unique(keys[inside], return_counts=True)


def _discounted(keys: Ids, counts: Ids, least: int, contexts: Ids, among: int) -> tuple[Table, Floats]:
    """The probabilities of the keys counted often enough, and what is left after each of so many contexts."""
    kept = counts >= least
    whole = np.maximum(np.bincount(contexts, counts, minlength=among), 1)
    probabilities = (counts - _DISCOUNT) / whole[contexts]
    left = 1 - np.bincount(contexts[kept], probabilities[kept], minlength=among)
    return Table(keys[kept], np.asarray(probabilities[kept], np.float32)), np.asarray(left, np.float32)


def right(texts: Sequence[str]) -> float:
    """The share of syllables that come back right after all accents were taken away."""
    same = [
        word == back
        for text in texts
        for word, back in zip(words(text), words(restored(strip_accents(text))), strict=True)
    ]
    return float(np.mean(same))


def _text(example: Example | Sentence) -> str:
    return " ".join(example.words) if isinstance(example, Sentence) else example.text


def main() -> None:
    """Fit, write, and print the table."""
    folder = data_folder()
    learned = tasks(folder)
    held_out = [each for task in learned for each in task.held_out]
    read = [each for task in learned for each in task.examples for _ in range(1 if task.public else _OWN)]
    news = list(unlabelled_articles(folder, labelled_articles(learned)))
    unseen = {*map(_text, held_out), *(each.title for each in held_out if isinstance(each, Example))}
    titles = {each.title for each in (*read, *news) if isinstance(each, Example)}
    texts = [*sorted(titles), *map(_text, read), *map(_text, news)]
    counted = [text for text in texts if text not in unseen and not lacks_accents(text)]
    model = fit(track(counted, "syllables"))
    np.savez_compressed(Path(__file__).parent / f"models/{VERSION}.npz", **pack(model))  # type: ignore[arg-type]
    for name, some in _parts(held_out):
        sys.stdout.write(f"{name:28} {right(some):.3f} of the syllables of {len(some)} texts\n")


def _parts(examples: Iterable[Example | Sentence]) -> Iterator[tuple[str, list[str]]]:
    parts: dict[str, list[str]] = {}
    for example in examples:
        part = "ner" if isinstance(example, Sentence) else example.part
        if not lacks_accents(text := _text(example)):
            parts.setdefault(part, []).append(text)
    return ((name, texts[:: len(texts) // _TRIED + 1]) for name, texts in parts.items())


if __name__ == "__main__":
    main()
