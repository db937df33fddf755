"""Prunes the vocabulary of multilingual-e5-small to the pieces that Vietnamese texts use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, models, pre_tokenizers

from nlp.tokens import UNKNOWN
from nlp.training.e5 import E5

MARKS = 4
"""`<s>`, `<pad>`, `</s>` and `<unk>` come first in both vocabularies."""
_BATCH = 1000


def tokenizer(pieces: Sequence[str], scores: Iterable[float]) -> Tokenizer:
    """A unigram tokenizer that marks the beginning of a word with `▁`, as XLM-R does."""
    made = Tokenizer(models.Unigram(list(zip(pieces, map(float, scores), strict=True)), UNKNOWN, False))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    return made


def whole(e5: E5) -> Tokenizer:
    """The tokenizer of the whole vocabulary; a piece that is no text or repeats gets a name of its own."""
    seen: set[str] = set()
    names = []
    for number, piece in enumerate(e5.pieces):
        name = piece.decode("utf-8", "replace")
        names.append(name if name and name not in seen else f"<{number}>")
        seen.add(name)
    return tokenizer(names, e5.scores)


def prune(e5: E5, texts: Iterable[str], size: int) -> tuple[Tokenizer, npt.NDArray[np.int64]]:
    """A tokenizer of the `size` most used pieces, and their rows in the word embeddings.

    Every single letter or sign that occurs stays, so that few words are unknown.
    """
    known = whole(e5)
    counts: Counter[int] = Counter()
    stream = iter(texts)
    while batch := list(islice(stream, _BATCH)):
        for encoding in known.encode_batch_fast(batch, add_special_tokens=False):
            counts.update(encoding.ids)
    names = [known.id_to_token(number) or "" for number in range(len(e5.pieces))]
    letters = {number for number in counts if number >= MARKS and len(names[number]) == 1}
    words = (number for number, _ in counts.most_common() if number >= MARKS and number not in letters)
    kept = sorted([*range(MARKS), *letters, *islice(words, size - MARKS - len(letters))])
    return tokenizer([names[number] for number in kept], e5.scores[kept]), np.array(kept)
