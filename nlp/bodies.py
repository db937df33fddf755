"""Public bodies by grammar (`UBND tỉnh X`, `Công an phường Z`), and officials by title and name.

A body's id joins what it is with the place it serves, whatever the spelling: `so-y-te:da-nang`,
`cong-an:da-nang/phuong-an-hai`, and before 2025-07-01 `cong-an:da-nang/quan-son-tra/phuong-tho-quang`.
It is empty where the text leaves the place open.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from nlp.labels import Entity, Place
from nlp.mentions import place_words
from nlp.text import UPPER, fold

Level = Literal["", "central", "province", "district", "commune"]

_CAPITAL = rf"[{UPPER}][^\W\d_]*"
_KIND = (
    r"(?:[Tt]ỉnh|[Tt]hành phố|TP\.?|Tp\.?|T\.P|[Hh]uyện|[Qq]uận|[Tt]hị xã|TX\.?|[Pp]hường|[Xx]ã|[Tt]hị trấn"
    r"|[Đđ]ặc khu|Q\.|P\.|H\.)"
)
_BETWEEN = re.compile(rf"\s?(?:(?:Việt Nam|nhân dân)\s)?(?:{_KIND}\s?)?")
_KIND_ALONE = re.compile(rf"\s(?P<kind>{_KIND})(?!\s?[\d{UPPER}])")
_MANY = re.compile(rf"\s(?:các|những|nhiều)\b|\s{_KIND},")
_LEVELS: dict[str, Level] = {
    "province": "province",
    "city": "district",
    "district": "district",
    "commune": "commune",
}
_TITLE = (
    r"(?:(?:[Pp]hó\s)?(?:[Bb]í thư|[Cc]hủ tịch|[Gg]iám đốc|[Cc]hánh án|[Cc]hánh [Vv]ăn phòng|[Vv]iện trưởng"
    r"|[Cc]hánh [Tt]hanh tra|[Cc]ục trưởng|[Cc]hi cục trưởng|[Tt]rưởng phòng|[Tt]rưởng [Bb]an|[Đđ]ội trưởng"
    r"|[Tt]rưởng [Cc]ông an|[Tt]hủ tướng)|[Bb]ộ trưởng|[Tt]hứ trưởng|[Tt]ổng [Bb]í thư)"
)
_HONORIFIC = r"(?:[Ôô]ng|[Bb]à|[Đđ]ồng chí|[Tt]á|[Uu]ý|[Ss]ĩ)"


class _Kind(NamedTuple):
    slug: str
    level: str
    name: str


@cache
def _kinds() -> dict[str, _Kind]:
    lines = files("nlp").joinpath("data/bodies.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {
        spelling: _Kind(slug, level, name)
        for slug, level, name, spellings in rows
        for spelling in spellings.split("|")
    }


@cache
def _spellings() -> str:
    return "|".join(sorted(map(re.escape, _kinds()), key=len, reverse=True))


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w/])(?:{_spellings()})(?![\w-])|(?<!\w)công an(?=\s{_KIND}\s)")


@cache
def _officials_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A name before the title, and a title with its office before a name."""
    surnames = "|".join(sorted(surname.capitalize() for surname in place_words("surnames")))
    person = rf"(?P<name>(?:{surnames})(?:\s{_CAPITAL}){{1,4}})"
    # Atomic, because an office may be read in several ways: without it `UBND UBND …` takes exponential time.
    word = rf"(?>{_spellings()}|Hiệp hội|Bệnh viện|TP\.?\s?HCM|TPHCM|{_KIND}|{_CAPITAL}|\d+)"
    return (
        re.compile(rf"\b{_HONORIFIC}\s{person}\s?[,–(-]\s?(?P<role>{_TITLE}(?:\s{word})*)"),
        re.compile(rf"(?P<role>\b{_TITLE}(?:\s{word})*?)(?:\s(?:ông|bà))?\s{person}"),
    )


def bodies(text: str, title: str, places: Sequence[Place], province: str) -> tuple[Entity, ...]:
    """The public bodies and the officials of a normalised text and title, in reading order.

    `places` are the text's units; a body with no place beside it is that of `province`, the event's.
    """
    whole, shift = f"{title}\n{text}", len(title) + 1
    found = [
        _body(whole, match, shift, places, province)
        for match in _pattern().finditer(whole)
        if not _MANY.match(whole, match.end())
    ]
    found += _officials(whole, shift, {place.start for place in places})
    return tuple(sorted(found, key=lambda entity: (entity.start, entity.kind)))


def _body(
    whole: str, match: re.Match[str], shift: int, places: Sequence[Place], open_province: str
) -> Entity:
    kind = _kinds().get(match[0]) or _kinds()["Công an"]
    start = match.start() - shift
    if kind.level == "central":
        return Entity(
            kind="body", written=match[0], start=start, id=kind.slug, name=kind.name, level="central"
        )
    place = next((place for place in places if place.start + shift >= match.end()), None)
    if place and _BETWEEN.fullmatch(whole, match.end(), place.start + shift):
        written = whole[match.start() : place.start + shift + len(place.written)]
        return _placed(kind, place, written, start)
    alone = _KIND_ALONE.match(whole, match.end())
    level = _alone_level(kind, alone["kind"].lower() if alone else "")
    written = whole[match.start() : alone.end() if alone else match.end()]
    if level != "province" or not open_province:
        return Entity(kind="body", written=written, start=start, name=kind.name, level=level)
    return Entity(
        kind="body",
        written=written,
        start=start,
        id=f"{kind.slug}:{_slug(open_province)}",
        name=f"{kind.name} {open_province}",
        level=level,
        place=open_province,
        province=open_province,
    )


def _alone_level(kind: _Kind, word: str) -> Level:
    """The level of a body without a place's name: that of the kind of place, of a department the province."""
    if kind.level == "province" or word in ("tỉnh", "thành phố", "tp", "tp.", "t.p"):
        return "province"
    if word in ("huyện", "quận", "thị xã"):
        return "district"
    return "commune" if word in ("phường", "xã", "thị trấn", "đặc khu") else ""


def _placed(kind: _Kind, place: Place, written: str, start: int) -> Entity:
    unit = place.former or place.today
    path = "/".join(map(_slug, reversed(unit.split(", "))))
    return Entity(
        kind="body",
        written=written,
        start=start,
        id=f"{kind.slug}:{path}",
        name=f"{kind.name} {unit}",
        level=_LEVELS[place.level],
        place=unit,
        province=place.province,
    )


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")


def _officials(whole: str, shift: int, places: Collection[int]) -> Iterator[Entity]:
    taken = set(places)
    for pattern, shortest in zip(_officials_patterns(), (2, 3), strict=True):
        for match in pattern.finditer(whole):
            name, start = match["name"], match.start("name") - shift
            if len(name.split()) >= shortest and start not in taken:
                taken.add(start)
                yield Entity(kind="official", written=name, start=start, name=name, role=match["role"])
