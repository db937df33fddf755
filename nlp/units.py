"""Every administrative unit that a text names, as written and as it is today.

The clock of a commune's name is the text's: a district beside it, or a date before 2025-07-01, tells of the
units of then. Names that several units share are settled by the district and province beside them, else by
what else the text names and the source's home province; what stays open is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from nlp.communes import Communes, bare, communes
from nlp.labels import Place
from nlp.mentions import Mention, key, mentions
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
_KIND = re.compile(rf"\b({'|'.join(_COMMUNES)})[. ]+$", re.IGNORECASE)


def units(
    text: str, title: str = "", *, home_province: str = "", published_at: datetime | None = None
) -> tuple[Place, ...]:
    """The units of a normalised text and title, in reading order."""
    home, whole = province_today(home_province), f"{title}\n{text}"
    settled = settle(_narrowed(mentions(text, title, home)), home)
    before = published_at is not None and published_at < REFORM
    found: list[Place] = []
    for row, (province, mention) in enumerate(settled):
        start = mention.start + len(title) + 1
        last = whole[:start].rsplit(maxsplit=1)[-1:]
        named = Named(
            mention,
            province,
            towards=bool(last) and last[0].lower() in _TOWARDS,
            kind=_kind(whole[:start]),
            district=_district_after(settled[row : row + 3]),
            before=before,
        )
        if place := _place(named):
            found.append(place)
    return tuple(found)


class Named(NamedTuple):
    """A mention with what stands around it."""

    mention: Mention
    province: str
    towards: bool
    """Whether a word of place or direction stands before it: `ở`, `đến`, `về`."""
    kind: str
    """The kind of commune before it, `Phường `; empty for another or none."""
    district: str
    """The key of the district right behind it."""
    before: bool
    """Whether the text is from before 2025-07-01."""


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
    """The key of the district named right behind the first mention, empty when there is none."""
    (province, first), *others = settled
    for other_province, other in others:
        if other_province != province or other.start - first.start - len(first.written) > _NEAR:
            break
        if any(unit.level in "cd" for unit in other.units):
            return key(other.written)
    return ""


def _place(named: Named) -> Place | None:
    mention, province = named.mention, named.province
    levels = {unit.level for unit in mention.units if unit.today == province}
    found: dict[str, Any] = {"written": mention.written, "start": mention.start, "province": province}
    if "p" in levels and not (mention.kind and levels & _WARDS):
        then = next(unit.former for unit in mention.units if unit.level == "p" and unit.today == province)
        return Place(**found, level="province", former=then, today=province)
    known, name = communes()[province], bare(mention.written[:1].upper() + mention.written[1:])
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
    """The commune of a name on the clock that the text speaks by."""
    old = [ward for ward in known.then.get(name, ()) if ward.name.startswith(named.kind)]
    if named.district:
        old = [ward for ward in old if bare(ward.district) == named.district]
    new = [unit for unit in known.now.get(name, ()) if unit.startswith(named.kind)]
    if not (named.before or named.district) and len(new) == 1:
        return Place(**found, level="commune", today=f"{_small(new[0])}, {named.province}")
    if len(old) != 1:
        return None
    (ward,) = old
    former = f"{_small(ward.name)}, {_small(ward.district)}, {ward.former}"
    today = f"{_small(ward.today)}, {named.province}" if ward.today else ""
    return Place(**found, level="commune", former=former, today=today)


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]
