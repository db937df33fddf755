"""Which provinces a text names, by today's names, and in which of them its event happens.

Every unit is known on two clocks (63 → 34 provinces on 2025-07-01). A name that several provinces have is
settled by the source's home province, then by what else the text names. What speaks for a province as the
place of the event is weighed by a logistic regression on labelled articles (`data/place_weights.json`).
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from operator import mul
from typing import NamedTuple

from nlp.labels import Province
from nlp.mentions import Mention, gazetteer, key, mentions, place_words
from nlp.text import normalise

REFORM = datetime(2025, 6, 30, 17, tzinfo=UTC)
"""Midnight in Vietnam before 2025-07-01."""
EVIDENCE = (
    # What the text says of the province (mentions at all, in the title, in the lead, …) …
    *("bias", "title", "lead", "mentions", "share", "first", "alone", "address", "kind", "origin", "units"),
    # … and what is known besides.
    *("capital", "abroad", "nationwide", "length", "home"),
)
_LETTERS = 3000
_LEAD = 300
HAPPENS, _ALSO = 0.45, 0.2
"""Scores from which a province counts as the event's, and as one of the others."""


class Candidate(NamedTuple):
    """A province that a text names and what speaks for it, in the order of `EVIDENCE`."""

    today: str
    written: str
    evidence: tuple[float, ...]


def provinces(
    text: str, title: str = "", *, home_province: str = "", published_at: datetime | None = None
) -> tuple[Province, ...]:
    """The provinces of a normalised text by today's names, first the one where its event happens.

    Empty when no province is named or the event is nationwide or abroad. A score is the probability that the
    event happens there. `home_province` is what the source serves; `published_at` tells which clock ran.
    """
    weights = _weights()
    scored = [
        Province(
            name=found.today, written=found.written, score=_sigmoid(sum(map(mul, weights, found.evidence)))
        )
        for found in candidates(text, title, home_province, published_at)
    ]
    scored.sort(key=lambda province: -province.score)
    if not scored or scored[0].score < HAPPENS:
        return ()
    return tuple(province for province in scored if province.score >= _ALSO)


def province_today(name: str) -> str:
    """Today's name of a province or city however it is written (`TPHCM`, `Đà Lạt`), empty when it is none."""
    units = gazetteer().get(key(normalise(name)), ())
    return next((unit.today for level in "pc" for unit in units if unit.level == level), "")


def candidates(
    text: str, title: str = "", home_province: str = "", published_at: datetime | None = None
) -> list[Candidate]:
    """Every province that a normalised text names, in the order of first mention."""
    text, home = text[:_LETTERS], province_today(home_province)
    named = mentions(text, title, home)
    if published_at and published_at < REFORM:
        named = [_before_reform(mention) for mention in named]
    settled = settle(named, home)
    around = _surroundings(text, title)
    return [
        Candidate(
            today,
            _written([mention for province, mention in settled if province == today]),
            _evidence(today, settled, around, home),
        )
        for today in dict.fromkeys(today for today, _ in settled)
    ]


def _before_reform(mention: Mention) -> Mention:
    then = tuple(unit for unit in mention.units if unit.level != "n")
    return mention._replace(units=then or mention.units)


def settle(named: Sequence[Mention], home: str) -> list[tuple[str, Mention]]:
    """The province of today that each mention means, in reading order; what stays open is dropped."""
    options = [{unit.today for unit in mention.units} for mention in named]
    certain = Counter(next(iter(option)) for option in options if len(option) == 1)
    settled = []
    for mention, option in zip(named, options, strict=True):
        supported = {home} & option or (option if len(option) == 1 else option & certain.keys())
        if supported:
            settled.append((max(sorted(supported), key=lambda name: certain[name]), mention))
    return sorted(settled, key=lambda pair: pair[1].start)


def _written(own: Sequence[Mention]) -> str:
    whole = [mention.written for mention in own if any(unit.level == "p" for unit in mention.units)]
    return Counter(whole or [mention.written for mention in own]).most_common(1)[0][0]


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(place_words(name)))})\b")


def _surroundings(text: str, title: str) -> tuple[float, float, float]:
    early = f"{title}\n{text[:_LEAD]}"
    abroad, nationwide = (len(_pattern(name).findall(early)) for name in ("abroad", "nationwide"))
    return math.log1p(abroad), math.log1p(nationwide), math.log1p(len(text)) / 8


def _evidence(
    today: str, settled: Sequence[tuple[str, Mention]], around: tuple[float, float, float], home: str
) -> tuple[float, ...]:
    own = [mention for province, mention in settled if province == today]
    placed = [mention for mention in own if not mention.origin]
    return (
        1.0,
        float(any(mention.start < 0 for mention in placed)),
        math.log1p(sum(0 <= mention.start < _LEAD for mention in placed)),
        math.log1p(len(own)),
        len(own) / len(settled),
        float(settled[0][0] == today),
        float(len(own) == len(settled)),
        float(any(mention.address for mention in placed)),
        float(any(mention.kind for mention in placed)),
        1 - len(placed) / len(own),
        math.log1p(len({mention.written for mention in own if mention.units[0].level != "p"})),
        float(today == "Hà Nội"),
        *around,
        float(today == home),
    )


@cache
def _weights() -> tuple[float, ...]:
    stored = json.loads(files("nlp").joinpath("data/place_weights.json").read_text("utf-8"))
    return tuple(stored[name] for name in EVIDENCE)


def _sigmoid(logit: float) -> float:
    return round(1 / (1 + math.exp(-logit)), 4)
