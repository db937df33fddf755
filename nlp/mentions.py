"""Finds the administrative units that a text names, with what stands around each name.

A province or a city counts by its name; a district, ward or commune only behind its kind (`huyện Quế Phong`,
`P. An Hải`). Names of people, streets and rivers that equal a place's are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

from nlp.text import UPPER


class Unit(NamedTuple):
    """A province, city, district, ward or commune, and its province on both clocks."""

    level: str
    """p province, c city or town, d district, w ward or commune until 2025-06-30, n since."""
    former: str
    today: str


class Mention(NamedTuple):
    """A name in a text."""

    units: tuple[Unit, ...]
    """What the name may be."""
    written: str
    start: int
    """Letters from the start of the text; the title's are negative."""
    kind: bool = False
    """Its kind stands before it (`tỉnh`, `TP.`, `huyện`)."""
    address: bool = False
    """It closes an address: `(Nghệ An)`, `huyện Quế Phong, Nghệ An`."""
    origin: bool = False
    """It says where somebody comes from or lives: `quê Nghệ An`, `trú tại Hà Nội`."""


_RUN = re.compile(rf"[{UPPER}][^\W_]*(?:(?:[ .]| ?[-–] ?)[{UPPER}][^\W_]*)*")
_WORD = re.compile(r"[^\W\d_]+")
_SPLIT = re.compile(r"[ .–-]+")
_NUMBERED_DISTRICT = re.compile(r"\b(?:[Qq]uận |Q\.? ?)(?:[1-9]|1[0-2])\b(?![/.-]\d)")
_LIST = re.compile(
    r"(?:các|những|hai|ba|bốn|năm|\b\d+) (xã|phường|thị trấn|huyện|quận|thị xã|thành phố|tỉnh)[: ]+$",
    re.IGNORECASE,
)
_JOINS = frozenset((", ", " và ", ", và ", " cùng ", "; "))
"""Between two units of a list whose kind is said once: `các xã A, B và C`."""
_HCM = "TP. Hồ Chí Minh"
# A city only behind its kind; else the president, a prize, a road.
_PRESIDENT = "hồ chí minh"
_LONGEST = 4
BEFORE = 24
"""Letters before a name in which its kind stands."""
_SHORT = 600


@cache
def place_words(name: str) -> frozenset[str]:
    """A list of `data/place_words.json`."""
    return frozenset(_data()[name])


@cache
def _data() -> Mapping[str, Sequence[str]]:
    words: Mapping[str, Sequence[str]] = json.loads(_read("place_words.json"))
    return words


@cache
def _kinds() -> dict[str, str]:
    levels: Mapping[str, Sequence[str]] = json.loads(_read("place_words.json"))["kinds"]
    return {word: allowed for allowed, words in levels.items() for word in words}


def _read(name: str) -> str:
    return files("nlp").joinpath("data", name).read_text("utf-8")


@cache
def gazetteer() -> dict[str, tuple[Unit, ...]]:
    """The units by key (see `key`); an empty tuple for a name that is no place (`thái bình dương`)."""
    found: dict[str, list[Unit]] = {}
    for line in _read("places.tsv").splitlines():
        if line.startswith("#"):
            continue
        level, former, today, names = line.split("\t")
        for name in names.split(";"):
            found.setdefault(key(name), []).append(Unit(level, former, today))
    for alias, name in json.loads(_read("place_aliases.json")).items():
        found[alias] = [unit for unit in found.get(key(name), []) if unit.level in "pc"]
    return {name: tuple(units) for name, units in found.items()}


def key(name: str) -> str:
    """A normalised name in small letters, its words parted by one blank."""
    return " ".join(_SPLIT.split(name.lower())).strip()


def mentions(text: str, title: str = "", home: str = "") -> list[Mention]:
    """Every mention in a normalised title and text; of what is typed small, provinces and cities only.

    Districts, wards and communes count where their kind is said, and those of the province `home` (its
    name today) also bare: its own outlets write `ở An Khê`.
    """
    whole, shift = f"{title}\n{text}", len(title) + 1
    found = list(_named(whole, shift, home))
    if "uận" in whole or "Q" in whole:
        unit = Unit("d", _HCM, _HCM)
        found += [
            Mention((unit,), match[0], match.start() - shift, kind=True)
            for match in _NUMBERED_DISTRICT.finditer(whole)
        ]
    return found or (list(_typed_small(text)) if len(text) < _SHORT else [])


def _named(whole: str, shift: int, home: str) -> Iterator[Mention]:
    listed, end = "", 0
    for run in _RUN.finditer(whole):
        for name in _in_run(whole, run, shift):
            start = name.start + shift
            before = whole[max(0, start - BEFORE) : start]
            if begins := _LIST.search(before):
                listed = _kinds()[begins[1].lower()]
            elif whole[end:start] not in _JOINS:
                listed = ""
            end = start + len(name.written)
            if mention := _fitting(name, before, home, listed):
                yield mention


def _in_run(whole: str, run: re.Match[str], shift: int) -> Iterator[Mention]:
    """The known names of a run of capitalised words, each with all that it may be."""
    words = list(_WORD.finditer(whole, run.start(), run.end()))
    lower = [word[0].lower() for word in words]
    place = 0
    while place < len(words):
        length, units = _longest(lower, place)
        if units:
            start, end = words[place].start(), words[place + length - 1].end()
            yield Mention(units, whole[start:end], start - shift)
        place += length


def _longest(words: Sequence[str], place: int) -> tuple[int, tuple[Unit, ...]]:
    if words[place] not in _first_words():
        return 1, ()
    known = gazetteer()
    for length in range(min(_LONGEST, len(words) - place), 0, -1):
        units = known.get(" ".join(words[place : place + length]))
        if units is not None:
            return length, units
    return 1, ()


@cache
def _first_words() -> frozenset[str]:
    return frozenset(name.split(" ")[0] for name in gazetteer())


def _fitting(mention: Mention, before: str, home: str, listed: str) -> Mention | None:
    """The mention with the units that fit what stands before it; `listed` is the kind that its list says."""
    last = [word.strip("(.,:;").lower() for word in before.split()[-2:]] or [""]
    contexts = (" ".join(last), last[-1])
    kind = next((_kinds()[words] for words in contexts if words in _kinds()), listed)
    name, units = key(mention.written), mention.units
    if not kind and (name == _PRESIDENT or not place_words("not_a_place").isdisjoint(contexts)):
        return None
    if not kind and last[-1] in place_words("surnames") and before.endswith(" "):
        return None
    levels = kind or ("pc" if " " in name or name.startswith("tp") else "p")
    fitting = tuple(unit for unit in units if unit.level in levels)
    if not kind and " " in name and all(unit.level != "p" for unit in fitting):
        fitting = tuple(unit for unit in units if unit.today == home) or fitting
    if not fitting:
        return None
    address = before.endswith(("(", ", ", " - ", " – "))
    origin = not place_words("origin").isdisjoint(contexts)
    return mention._replace(units=fitting, kind=bool(kind), address=address, origin=origin)


def _typed_small(text: str) -> Iterator[Mention]:
    for first, second in pairwise(word for word in _WORD.finditer(text) if word[0][0].islower()):
        if text[first.end() : second.start()] != " ":
            continue
        name = f"{first[0]} {second[0]}".lower()
        units = tuple(unit for unit in gazetteer().get(name, ()) if unit.level in "pc")
        if units and name not in place_words("common_words"):
            yield Mention(units, text[first.start() : second.end()], first.start())
