"""Every administrative unit that a text names, as written and as it is today.

The clock of a commune's name is the text's: a district beside it, or a date before 2025-07-01, tells of the
units of then. Names that several units share are settled by the district and province beside them, else by
what else the text names and the source's home province; what stays open is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from nlp.communes import Communes, bare, communes
from nlp.labels import Place
from nlp.mentions import BEFORE, Mention, Unit, mentions
from nlp.places import REFORM, province_today, settle

_NEAR = 45
"""Letters between a commune and the district that follows it: `xã A (huyện B`, `xã A, huyện B`."""
_WARDS = frozenset("wn")
_COMMUNES = {
    "phường": "Phường ",
    "p": "Phường ",
    "xã": "Xã ",
    "thị trấn": "Thị trấn ",
    "tt": "Thị trấn ",
    "đặc khu": "Đặc khu ",
}
_TOWARDS = frozenset(
    (
        "ở",
        "tại",
        "đến",
        "tới",
        "về",
        "vào",
        "từ",
        "đi",
        "ra",
        "lên",
        "xuống",
        "qua",
        "sang",
        "cách",
        "giữa",
        "của",
    )
)
_CITY = re.compile(r"\b(?:tp|t\.p|thành phố|tx|thị xã)[. ]+$", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:phường|p\.?|quận|q\.?) ?(\d{1,2})", re.IGNORECASE)
_NUMBERED_WARD = re.compile(r"\b(?:[Pp]hường |P\.? ?)(\d{1,2})\b")
_KIND = re.compile(rf"\b({'|'.join(_COMMUNES)})[. ]+$", re.IGNORECASE)


def units(
    text: str, title: str = "", *, home_province: str = "", published_at: datetime | None = None
) -> tuple[Place, ...]:
    """The units of a normalised text and title, in reading order."""
    home, whole = province_today(home_province), f"{title}\n{text}"
    named = [*mentions(text, title, home), *_numbered_wards(whole, len(title) + 1)]
    settled = settle(_narrowed(sorted(named, key=lambda mention: mention.start)), home)
    former = published_at is not None and published_at < REFORM
    found: list[Place] = []
    for row, (province, mention) in enumerate(settled):
        start = mention.start + len(title) + 1
        before = whole[max(0, start - BEFORE) : start]
        last = before.rsplit(maxsplit=1)[-1:]
        surrounded = Named(
            mention,
            province,
            towards=bool(last) and last[0].lower() in _TOWARDS,
            city=bool(_CITY.search(before)),
            kind=_kind(before),
            district=_district_after(settled[row : row + 6]),
            former=former,
        )
        if place := _place(surrounded):
            found.append(place)
    return tuple(found)


class Named(NamedTuple):
    """A mention with what stands around it."""

    mention: Mention
    province: str
    towards: bool
    """Whether a word of place or direction stands before it: `ở`, `đến`, `về`."""
    city: bool
    """Whether the word for a city stands before it: `TP Cà Mau` is not the province."""
    kind: str
    """The kind of commune before it, `Phường `; empty for another or none."""
    district: str
    """The key of the district right behind it."""
    former: bool
    """Whether the text is from before 2025-07-01."""


def _numbered_wards(whole: str, shift: int) -> Iterator[Mention]:
    for match in _NUMBERED_WARD.finditer(whole):
        if provinces := _with_numbered_wards().get(match[1]):
            yield Mention(provinces, match[0], match.start() - shift, kind=True)


@cache
def _with_numbered_wards() -> Mapping[str, tuple[Unit, ...]]:
    """The provinces that have had a ward of a number."""
    found: dict[str, set[Unit]] = {}
    for today, known in communes().items():
        for name, wards in known.then.items():
            if name.isdigit():
                found.setdefault(name, set()).update(Unit("w", ward.former, today) for ward in wards)
    return {number: tuple(sorted(provinces)) for number, provinces in found.items()}


def _key(written: str) -> str:
    """The key of a unit as a text writes it, without its kind: `Q.3` and `quận 3` are `3`."""
    numbered = _NUMBERED.fullmatch(written)
    return numbered[1] if numbered else bare(written[:1].upper() + written[1:])


def _kind(before: str) -> str:
    word = _KIND.search(before)
    return _COMMUNES[word[1].lower()] if word else ""


def _narrowed(named: Sequence[Mention]) -> list[Mention]:
    """The mentions, each with units of the province right behind it only: `huyện Phong Điền (Cần Thơ)`."""
    found = []
    for row, mention in enumerate(named):
        behind = (
            unit.today
            for other in named[row + 1 : row + 3]
            for unit in other.units
            if unit.level == "p" and 0 < other.start - mention.start - len(mention.written) < _NEAR
        )
        own = {unit.today for unit in mention.units}
        province = next((today for today in behind if today in own), "")
        fitting = tuple(unit for unit in mention.units if unit.today == province)
        found.append(mention._replace(units=fitting or mention.units))
    return found


def _district_after(settled: Sequence[tuple[str, Mention]]) -> str:
    """The key of the district named behind the first mention and its list, empty when there is none."""
    (province, first), *others = settled
    for other_province, other in others:
        if other_province != province or other.start - first.start - len(first.written) > _NEAR:
            break
        if any(unit.level in "cd" for unit in other.units):
            return _key(other.written)
    return ""


def _place(named: Named) -> Place | None:
    mention, province = named.mention, named.province
    levels = {unit.level for unit in mention.units if unit.today == province}
    found: dict[str, Any] = {"written": mention.written, "start": mention.start, "province": province}
    city = named.city and "c" in levels
    if "p" in levels and not city and not (mention.kind and levels & _WARDS):
        then = next(unit.former for unit in mention.units if unit.level == "p" and unit.today == province)
        return Place(**found, level="province", former=then, today=province)
    known, name = communes()[province], _key(mention.written)
    if levels & {"c", "d"}:
        if not (mention.kind or mention.address or named.towards):
            return None
        return _district(known, name, found, city="c" in levels)
    return _commune(known, name, named, found) if levels & _WARDS else None


def _district(known: Communes, name: str, found: dict[str, Any], *, city: bool) -> Place | None:
    options = known.districts.get(name, ())
    if len(options) != 1:
        return None
    ((full, former),) = options
    return Place(**found, level="city" if city else "district", former=f"{_small(full)}, {former}")


def _commune(known: Communes, name: str, named: Named, found: dict[str, Any]) -> Place | None:
    """The commune of a name on the clock that the text speaks by; a numbered ward needs its district."""
    if name.isdigit() and not named.district:
        return None
    old = [ward for ward in known.then.get(name, ()) if ward.name.startswith(named.kind)]
    if named.district:
        old = [ward for ward in old if bare(ward.district) == named.district]
    new = [unit for unit in known.now.get(name, ()) if unit.startswith(named.kind)]
    if not (named.former or named.district) and len(new) == 1:
        return Place(**found, level="commune", today=f"{_small(new[0])}, {named.province}")
    if len(old) != 1:
        return None
    (ward,) = old
    former = f"{_small(ward.name)}, {_small(ward.district)}, {ward.former}"
    today = f"{_small(ward.today)}, {named.province}" if ward.today else ""
    return Place(**found, level="commune", former=former, today=today)


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]
