"""What a reader asks for, as it stands in an address; every number links to its documents by one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Query
from pydantic import ConfigDict, Field, model_validator

from langnghe.index.contract import MOST_HITS
from langnghe.query import Filters

FACETS: dict[str, str] = {
    "kind": "Loại",
    "topic": "Chủ đề",
    "sentiment": "Thái độ người dân",
    "target": "Nói về ai",
    "valence": "Tin báo chí",
    "stance": "Báo chí với cơ quan nhà nước",
    "source": "Nguồn",
    "province": "Tỉnh, thành",
    "place": "Xã, phường",
}
"""The filters in the order in which they are shown, with their headings."""
HEADINGS = FACETS | {
    "topics": "Có nói về",
    "provinces": "Có nhắc tới",
    "keywords": "Từ khóa",
    "section": "Chuyên mục",
    "parent_id": "Trả lời văn bản",
    "batch": "Đợt thu thập",
}
"""Of every filter that an address may carry."""
PEOPLE = ("comment", "post", "ticket")
"""The kinds in which people speak for themselves."""
PAGE_SIZE = 20
LAST_PAGE = MOST_HITS // PAGE_SIZE


class Question(Filters):
    """Query and filters; unknown parameters (campaign marks and the like) are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    q: str = Field("", max_length=1000, description='Câu tìm: từ, "cụm từ", -từ, OR, ngoặc')
    from_: date | None = Field(None, alias="from", description="Từ ngày, 2026-11-23")
    to: date | None = Field(None, description="Đến hết ngày")

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: Any) -> Any:
        """A form sends its empty fields too."""
        if not isinstance(values, dict):
            return values
        return {key: value for key, value in values.items() if value not in ("", [""])}


class Asked(Question):
    """A question with the order and the page of its answer."""

    sort: Literal["relevance", "date"] = Field("relevance", description="Sát nhất hay mới nhất trước")
    page: int = Field(1, ge=1, le=LAST_PAGE, description=f"Trang, mỗi trang {PAGE_SIZE} văn bản")

    @property
    def chosen(self) -> dict[str, tuple[str, ...]]:
        """The values of each filter in use; dates apart."""
        fields = (*FACETS, *(f for f in Filters.model_fields if f not in FACETS))
        return {f: v for f in fields if isinstance(v := getattr(self, f), tuple) and v}

    def pairs(self) -> list[tuple[str, str]]:
        """Everything in use as it stands in an address, but for the page."""
        single = {"q": self.q, "from": self.from_, "to": self.to, "toxic": self.toxic}
        found = [(key, str(value)) for key, value in single.items() if value not in ("", None)]
        found += [(field, value) for field, values in self.chosen.items() for value in values]
        return found + ([("sort", self.sort)] if self.sort != "relevance" else [])

    def changed(self, **changes: Any) -> Asked:
        """The same question with some of it changed, from its first page."""
        return Asked(**(self.model_dump() | {"page": 1} | changes))

    def toggled(self, facet: str, value: str) -> Asked:
        """With a filter's value taken in, or out where it is in."""
        values = getattr(self, facet)
        kept = tuple(v for v in values if v != value) if value in values else (*values, value)
        return self.changed(**{facet: kept})

    def url(self, path: str = "/tim-kiem", **changes: Any) -> str:
        """The address of this question, or of it changed."""
        asked = self.changed(**changes) if changes else self
        pairs = asked.pairs() + ([("page", str(asked.page))] if asked.page > 1 else [])
        return f"{path}?{urlencode(pairs)}" if pairs else path


AskedInUrl = Annotated[Asked, Query()]


def link(**filters: Any) -> str:
    """The search that shows the documents behind a number."""
    return Asked(**filters).url()
