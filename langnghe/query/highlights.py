"""Where a document matches, shown on its own letters; the same for both engines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from pydantic import BaseModel, ConfigDict

from langnghe.query.syntax import Phrase, accented
from nlp.text import fold

_WORD = re.compile(r"[^\W_]+")
_WIDTH = 180
"""Letters in a fragment, about two lines of a result list."""
_FRAGMENTS = 2

Span = tuple[int, int]


class Highlight(BaseModel):
    """HTML, escaped, with `<em>` around what matched."""

    model_config = ConfigDict(frozen=True)

    title: str
    fragments: tuple[str, ...]
    """Pieces of the text around matches; its beginning where only the title matched."""


def highlight(title: str, text: str, wanted: Sequence[Phrase]) -> Highlight:
    """The title in full and the best pieces of the text."""
    return Highlight(
        title=_marked(title, (0, len(title)), spans(title, wanted)), fragments=_best(text, wanted)
    )


def spans(text: str, wanted: Sequence[Phrase]) -> list[Span]:
    """The matches as slices of the text; neighbours with only spaces between are one."""
    found = list(_WORD.finditer(text))
    written = [word[0].lower() for word in found]
    folded = [fold(word) for word in written]
    matched = [
        (found[at].start(), found[at + len(phrase.words) - 1].end())
        for phrase in wanted
        for at in range(len(found) - len(phrase.words) + 1)
        if _stands_at(phrase.words, written, folded, at)
    ]
    joined: list[Span] = []
    for start, end in sorted(matched):
        if joined and not text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _stands_at(words: Sequence[str], written: Sequence[str], folded: Sequence[str], at: int) -> bool:
    return all(
        (written if accented(word) else folded)[at + offset] == word for offset, word in enumerate(words)
    )


def _best(text: str, wanted: Sequence[Phrase]) -> tuple[str, ...]:
    matches = spans(text, wanted)
    windows = [_window(text, span) for span in matches] or [_window(text, (0, 0))]
    # The more letters match in a window, the better: a whole phrase before its scattered syllables.
    weight = {w: sum(end - start for start, end in matches if w[0] <= start and end <= w[1]) for w in windows}
    chosen: list[Span] = []
    for window in sorted(weight, key=lambda window: (-weight[window], window)):
        if len(chosen) < _FRAGMENTS and all(window[1] <= c[0] or c[1] <= window[0] for c in chosen):
            chosen.append(window)
    return tuple(_fragment(text, window, matches) for window in sorted(chosen))


def _window(text: str, around: Span) -> Span:
    """A slice of about the width that begins and ends between words, with the match not at its very edge."""
    start = max(0, around[0] - _WIDTH // 3)
    end = min(len(text), max(start + _WIDTH, around[1]))
    if start and (space := re.search(r"\s", text[start : around[0]])):
        start += space.end()
    if end < len(text) and (spaces := list(re.finditer(r"\s", text[around[1] : end]))):
        end = around[1] + spaces[-1].start()
    return start, end


def _fragment(text: str, window: Span, matches: Sequence[Span]) -> str:
    marked = " ".join(_marked(text, window, matches).split())
    return f"{'…' if window[0] else ''}{marked}{'…' if window[1] < len(text) else ''}"


def _marked(text: str, window: Span, matches: Sequence[Span]) -> str:
    parts: list[str] = []
    at = window[0]
    for start, end in matches:
        if at <= start and end <= window[1]:
            parts += [escape(text[at:start]), "<em>", escape(text[start:end]), "</em>"]
            at = end
    return "".join([*parts, escape(text[at : window[1]])])
