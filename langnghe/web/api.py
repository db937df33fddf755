"""The read-only API for the operations centre: documents, counts, trends, and whether we are alive."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from langnghe.config import VIETNAM
from langnghe.index.contract import Index, IndexError_
from langnghe.query import count, counts, days, documents, histogram, search_body
from langnghe.trends import Trends, trends
from langnghe.web.asked import FACETS, PAGE_SIZE, AskedInUrl, Question
from langnghe.web.state import index_of, names_of
from langnghe.web.words import source_name
from nlp.labels import NAMES

router = APIRouter()
CountField = Literal[
    "kind",
    "topic",
    "topics",
    "sentiment",
    "target",
    "valence",
    "stance",
    "source",
    "province",
    "place",
    "keywords",
]
EXAMPLES = {
    "/api/v1/search": "/api/v1/search?q=nuoc+sinh+hoat&kind=comment&sentiment=neg&sort=date",
    "/api/v1/counts": "/api/v1/counts?by=topic&then=sentiment&kind=comment",
    "/api/v1/trends": "/api/v1/trends",
    "/healthz": "/healthz",
}
_MOST = 200
_MEANINGS = {
    "topic": "Chủ đề chính",
    "topics": "Một trong các chủ đề",
    "section": "Chuyên mục của nguồn",
    "province": "Tỉnh, thành nơi xảy ra",
    "provinces": "Tỉnh, thành có nhắc tới",
    "keywords": "Từ khóa, viết như trong bài",
    "parent_id": "Ý kiến trả lời văn bản có mã này",
    "batch": "Đợt thu thập",
    "toxic": "Lời lẽ xúc phạm",
}
_UNSHOWN = {"text", "label_scores", "batch", "model", "fetched_at"}


class Page(BaseModel):
    """One page of documents; `total` counts all pages."""

    total: int
    page: int
    page_size: int
    hits: list[dict[str, Any]]


class Counts(BaseModel):
    """Documents a value, or a value and second value or day (`{"health": {"2026-11-23": 4}}`)."""

    by: str
    then: str | None
    total: int
    counts: dict[str, int] | dict[str, dict[str, int]]


class Counted(Question):
    """A question whose documents are counted."""

    by: CountField | Literal["day"] = Field("topic", description="Đếm theo trường này")
    then: CountField | Literal["day"] | None = Field(None, description="Trong mỗi giá trị, đếm tiếp")


@router.get("/api/v1/search")
def search(request: Request, asked: AskedInUrl) -> Page:
    """Văn bản khớp câu tìm và bộ lọc; không có toàn văn, chỉ trích đoạn đã tô chỗ khớp và liên kết gốc."""
    names = names_of(request)
    found = documents(
        index_of(request),
        asked.q,
        asked,
        size=PAGE_SIZE,
        from_=(asked.page - 1) * PAGE_SIZE,
        sort=asked.sort,
        at=datetime.now(VIETNAM),
    )
    hits = [
        hit.document.model_dump(mode="json", exclude=_UNSHOWN)
        | {
            "source_name": source_name(hit.document.source, names),
            "highlight": hit.highlight.model_dump(),
        }
        for hit in found.hits
    ]
    return Page(total=found.total, page=asked.page, page_size=PAGE_SIZE, hits=hits)


@router.get("/api/v1/counts")
def count_by(request: Request, asked: Annotated[Counted, Query()]) -> Counts:
    """Số văn bản theo một hoặc hai trường, cùng bộ lọc như tìm kiếm. Ngày là ngày Việt Nam."""
    index, by, then = index_of(request), asked.by, asked.then
    found: dict[str, int] | dict[str, dict[str, int]]
    if by == "day":
        found = {day.isoformat(): n for day, n in days(index, asked, asked.q).items()}
        then = None
    elif then is None:
        found = counts(index, by, asked, asked.q)
    elif then == "day":
        found = {
            key: {day.isoformat(): n for day, n in per_day.items()}
            for key, per_day in histogram(index, by, asked, asked.q).items()
        }
    else:
        found = _crossed(index, asked, by, then)
    return Counts(by=by, then=then, total=count(index, asked, asked.q), counts=found)


def _crossed(index: Index, asked: Counted, by: str, then: str) -> dict[str, dict[str, int]]:
    """Documents a pair of values, the most frequent of each."""
    inner = {"then": {"terms": {"field": then, "size": _MOST}}}
    aggs = {"by": {"terms": {"field": by, "size": _MOST}, "aggs": inner}}
    answer = index.search("documents", search_body(asked.q, asked, size=0, aggs=aggs))
    return {
        outer["key"]: {each["key"]: each["doc_count"] for each in outer["then"]["buckets"] if each["key"]}
        for outer in answer["aggregations"]["by"]["buckets"]
        if outer["key"]
    }


@router.get("/api/v1/trends")
def show_trends(
    request: Request,
    day: Annotated[date | None, Query(description="Ngày, 2026-11-23; bỏ trống: hôm nay")] = None,
) -> Trends:
    """Điều đang tăng của một ngày so với 7 và 28 ngày trước."""
    settings = request.app.state.settings
    return trends(index_of(request), day or datetime.now(VIETNAM).date(), settings.province)


@router.get("/healthz")
def healthz(request: Request) -> JSONResponse:
    """`ok` khi đọc được chỉ mục; mã 503 khi không."""
    try:
        count(index_of(request))
    except IndexError_:
        return JSONResponse({"status": "no index"}, 503)
    return JSONResponse({"status": "ok"})


def meaning_of(parameter: dict[str, Any]) -> str:
    """What a parameter means, with the keys it takes where they are few."""
    said: str = parameter.get("description") or parameter["schema"].get("description") or ""
    field = parameter["name"]
    keys = ", ".join(f"{key} ({name})" for key, name in NAMES.get(field, {}).items())
    return " ".join(
        filter(None, (said or _MEANINGS.get(field) or FACETS.get(field, ""), keys and f"– {keys}"))
    )


def kind_of(schema: dict[str, Any]) -> str:
    """A parameter's type in a word or two."""
    if "anyOf" in schema:
        return kind_of(next(each for each in schema["anyOf"] if each.get("type") != "null"))
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if schema.get("type") == "array":
        return "nhiều giá trị"
    words = {"date": "ngày", "string": "chữ", "integer": "số", "boolean": "true | false"}
    return words.get(schema.get("format", schema.get("type", "")), "")
