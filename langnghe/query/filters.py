"""Which documents a reader wants to see, beside the words."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from langnghe.config import VIETNAM
from langnghe.index.contract import Body


def _several(value: Any) -> Any:
    if isinstance(value, str):
        return (value,) if value else ()
    return value


Values = Annotated[tuple[str, ...], BeforeValidator(_several)]
"""Any of these; one may be given alone; none means all."""


class Filters(BaseModel):
    """Conditions on documents; all that are given must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    from_: date | None = None
    """First day, in Vietnam."""
    to: date | None = None
    """Last day, itself included."""
    kind: Values = ()
    source: Values = ()
    section: Values = ()
    topic: Values = ()
    """The main topic."""
    topics: Values = ()
    """Any of its topics."""
    sentiment: Values = ()
    target: Values = ()
    valence: Values = ()
    stance: Values = ()
    province: Values = ()
    """Where it happens."""
    provinces: Values = ()
    """Any province it names."""
    place: Values = ()
    keywords: Values = ()
    parent_id: Values = ()
    batch: Values = ()
    toxic: bool | None = None

    def conditions(self) -> list[Body]:
        """Clauses for the filter part of a bool query."""
        found: list[Body] = []
        if interval := _interval(self.from_, self.to):
            found.append({"range": {"published_at": interval}})
        if self.toxic is not None:
            found.append({"term": {"toxic": self.toxic}})
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, tuple) and value:
                found.append({"terms": {name: list(value)}})
        return found


def _interval(first: date | None, last: date | None) -> dict[str, str]:
    bounds = {}
    if first:
        bounds["gte"] = _midnight(first)
    if last:
        bounds["lt"] = _midnight(last + timedelta(days=1))
    return bounds


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), VIETNAM).isoformat()
