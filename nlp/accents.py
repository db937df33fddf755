"""Puts accents back into text typed without them: the likeliest row of syllables.

A model of three syllables in a row, smoothed by absolute discounting and, at its end, by how many syllables
each follows (Kneser and Ney 1995; as Chen and Goodman 1999 interpolate it, doi:10.1006/csla.1999.0128). It
is searched by Viterbi's algorithm; `nlp.fit_accents` counts it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nlp.features import Floats
from nlp.text import abbreviations, has_accents, strip_accents

Ids = npt.NDArray[np.int64]

VERSION = "accents-1"
START, UNKNOWN = 0, 1
"""Ids of the beginning of a phrase, and of any word that the model does not know."""
TOKEN = re.compile(
    r"(?P<link>(?:[a-z]+://|www\.|[\w.+-]{1,64}@)\S+)|(?P<word>[^\W_]+)|(?P<end>[.!?;:…]+(?=\s|$)|\n)",
    re.IGNORECASE,
)
"""An address, a word, or what ends a phrase; the group tells which."""
_RARE = 10
"""Where fewer than one word in so many has accents, a text was typed without them."""
_EARLY = 200
"""Letters of a long text that suffice to see that it has accents."""
_LETTERS = re.compile(r"[^\W\d_]+")
_VIETNAMESE = 0.65
"""Share of the words of such a text that must be spelled like Vietnamese ones: 99 % of comments have it, most
English sentences have .25 to .60 (2026-11-25)."""
_ABBREVIATED = 3
"""Letters of an abbreviation that speaks for Vietnamese; longer ones are also other languages' (`good`)."""
_CODES_A_NAT = 16
"""Steps of a coded logarithm."""


class Table(NamedTuple):
    """Rows of syllables by number, ascending, and how likely each ends as it does."""

    keys: Ids
    probabilities: Floats

    def find(self, keys: Ids) -> tuple[Ids, npt.NDArray[np.bool_]]:
        """Where the keys stand, and which do."""
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return places, self.keys[places] == keys

    def probability(self, keys: Ids) -> Floats:
        """Of each key, 0 for those that the table does not have."""
        places, known = self.find(keys)
        return np.where(known, self.probabilities[places], np.float32(0))


class Syllables(NamedTuple):
    """The model. With N forms, the pair `a b` has the key a · N + b, a triple its pair's place · N + c."""

    forms: tuple[str, ...]
    """Id → syllable in lower case."""
    spellings: Mapping[str, Ids]
    """Syllable without accents → ids of its forms."""
    single: Floats
    """Id → how likely it is after a syllable that tells nothing."""
    pairs: Table
    after_one: Floats
    """Id → what is left for `single` after it."""
    triples: Table
    after_two: Floats
    """Place of a pair → what is left for the model of pairs after it."""

    def after(self, first: Ids, second: Ids, third: Ids) -> Floats:
        """The probability of each third syllable after the two before it; the arrays are broadcast."""
        count = len(self.forms)
        of_two = self.pairs.probability(second * count + third) + self.after_one[second] * self.single[third]
        places, known = self.pairs.find(first * count + second)
        of_three = self.triples.probability(places * count + third) + self.after_two[places] * of_two
        return np.where(known, of_three, of_two)

    def likeliest(self, phrase: Sequence[Ids]) -> list[int]:
        """Of the possible ids of each word of a phrase the likeliest row."""
        first = second = np.array([START])
        scores = np.zeros((1, 1), np.float32)
        before: list[Ids] = []
        for third in phrase:
            steps = np.log(self.after(first[:, None, None], second[:, None], third))
            reached = scores[:, :, None] + steps
            before.append(reached.argmax(axis=0))
            first, second, scores = second, third, reached.max(axis=0)
        here, last = np.unravel_index(int(scores.argmax()), scores.shape)
        row = []
        for ids, came_from in zip(reversed(phrase), reversed(before), strict=True):
            row.append(int(ids[last]))
            here, last = came_from[here, last], here
        return row[::-1]

    def spelled(self, word: str, *, kept: bool = False) -> Ids:
        """The ids that a word in lower case may have; one with accents keeps them, or any if `kept`."""
        bare = strip_accents(word)
        ids = self.spellings.get(bare, _NO_FORM)
        own = np.array([id_ for id_ in ids if self.forms[id_] == word], np.int64)
        if word != bare:
            return own if own.size else _NO_FORM
        return own if kept and own.size else ids

    def vietnamese(self, word: str) -> bool:
        """Whether a word in lower case, typed without accents, may be a Vietnamese one."""
        short = len(word) <= _ABBREVIATED and word in abbreviations()
        return short or any(self.forms[id_] != word for id_ in self.spellings.get(word, ()))


_NO_FORM = np.array([UNKNOWN])


def restored(text: str) -> str:
    """The normalised text with its accents put back, where it was typed without; letter for letter as long.

    Text with accents, text in another language, addresses and words that the model does not know stay.
    """
    if not lacks_accents(text):
        return text
    typed, model = [word.lower() for word in words(text)], load()
    if sum(map(model.vietnamese, typed)) < _VIETNAMESE * len(typed):
        return text
    letters = list(text)
    for ends, phrase in groupby(TOKEN.finditer(text), key=lambda token: token["end"] is not None):
        if not ends:
            _restore(letters, list(phrase), kept=len(typed) == 1)
    return "".join(letters)


def words(text: str) -> list[str]:
    """The words of a text that are made of letters alone, addresses left out."""
    return [token[0] for token in TOKEN.finditer(text) if token["word"] and token[0].isalpha()]


def _restore(letters: list[str], phrase: Sequence[re.Match[str]], *, kept: bool) -> None:
    """Put the accents of a phrase back among the letters of its text.

    `kept` leaves a word that may be meant as typed: nothing beside it tells `hay` from `hãy`.
    """
    model = load()
    spelled = (model.spelled(token[0].lower(), kept=kept) if token["word"] else _NO_FORM for token in phrase)
    for token, id_ in zip(phrase, model.likeliest(list(spelled)), strict=True):
        if id_ != UNKNOWN:
            start, end = token.span()
            letters[start:end] = map(_cased, token[0], model.forms[id_])


def _cased(written: str, letter: str) -> str:
    return letter.upper() if written.isupper() else letter


def lacks_accents(text: str) -> bool:
    """Whether next to none of the words of a text has accents."""
    if not has_accents(text):
        return True
    return _rarely(text[:_EARLY]) and (len(text) <= _EARLY or _rarely(text))


def _rarely(text: str) -> bool:
    words = _LETTERS.findall(text)
    return sum(map(has_accents, words)) * _RARE < len(words)


@cache
def load() -> Syllables:
    """The packaged model; read once."""
    with (
        files("nlp").joinpath("models", f"{VERSION}.npz").open("rb") as stream,
        np.load(stream, allow_pickle=False) as arrays,
    ):
        return unpack(arrays)


def pack(model: Syllables) -> dict[str, npt.NDArray[Any]]:
    """The model's arrays for a file: steps from key to key, probabilities in 8 bits."""
    return {
        "forms": np.array(model.forms),
        "single": _coded(model.single),
        "pairs": np.diff(model.pairs.keys, prepend=0).astype(np.uint32),
        "pair_probabilities": _coded(model.pairs.probabilities),
        "after_one": _coded(model.after_one),
        "triples": np.diff(model.triples.keys, prepend=0).astype(np.uint32),
        "triple_probabilities": _coded(model.triples.probabilities),
        "after_two": _coded(model.after_two),
    }


def unpack(arrays: Mapping[str, npt.NDArray[Any]]) -> Syllables:
    """Read what `pack` made."""
    forms = tuple(arrays["forms"].tolist())

    def table(keys: str, probabilities: str) -> Table:
        return Table(np.cumsum(arrays[keys], dtype=np.int64), _decoded(arrays[probabilities]))

    return Syllables(
        forms,
        spellings(forms),
        _decoded(arrays["single"]),
        table("pairs", "pair_probabilities"),
        _decoded(arrays["after_one"]),
        table("triples", "triple_probabilities"),
        _decoded(arrays["after_two"]),
    )


def spellings(forms: Sequence[str]) -> dict[str, Ids]:
    """Syllable without accents → ids of its forms."""
    found: dict[str, list[int]] = {}
    for id_, form in enumerate(forms):
        if id_ > UNKNOWN:
            found.setdefault(strip_accents(form), []).append(id_)
    return {bare: np.array(ids) for bare, ids in found.items()}


def _coded(probabilities: Floats) -> npt.NDArray[np.uint8]:
    """Logarithms in sixteenths, down to about 1e-7."""
    logs = -np.log(np.maximum(probabilities, 1e-9)) * _CODES_A_NAT
    codes: npt.NDArray[np.uint8] = np.clip(np.rint(logs), 0, 255).astype(np.uint8)
    return codes


def _decoded(codes: npt.NDArray[np.uint8]) -> Floats:
    return np.exp(codes.astype(np.float32) / -_CODES_A_NAT)
