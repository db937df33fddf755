"""The pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from langnghe.config import VIETNAM
from langnghe.documents import Document
from langnghe.index.contract import Index
from langnghe.query import Filters, QueryError, documents
from langnghe.trends import trends
from langnghe.web import api, digests, health, labels, results
from langnghe.web.asked import HEADINGS, Asked, AskedInUrl
from langnghe.web.figures import LONGEST_DAYS, Days, overview
from langnghe.web.rising import rises, rising_words
from langnghe.web.security import REPORT_POLICY
from langnghe.web.state import catalogue_of, index_of, names_of
from langnghe.web.templating import render

router = APIRouter(include_in_schema=False)
_NEWEST = 6
_QUOTES = 5
_ANSWERS = 50


class Span(Asked):
    """The days of an overview."""

    days: int = Field(7, ge=1, le=LONGEST_DAYS)


@router.get("/")
def show_overview(request: Request, asked: Annotated[Span, Query()]) -> Response:
    """Tổng quan."""
    index, names = index_of(request), names_of(request)
    newest_day = _newest_day(index)
    covered = _covered(asked, newest_day, request.app.state.settings.province)
    view = overview(index, covered, names)
    newest = covered.asked(kind=("article", "post", "ticket"), sort="date")
    complaints = covered.asked(target="state", sentiment="neg", sort="date")
    seen = trends(index, covered.last, request.app.state.settings.province) if view.total else None
    return render(
        request,
        "overview.html",
        view=view,
        preset=len(covered) if not (asked.from_ or asked.to) else 0,
        newest_day=None if view.total else newest_day,
        complaints=_found(index, complaints, _QUOTES),
        complaints_href=complaints.url(),
        newest=_found(index, newest, _NEWEST),
        newest_href=newest.url(),
        rising=rises(seen, names) if seen else (),
        words_rising=rising_words(seen) if seen else (),
        sources=names,
    )


@router.get("/tim-kiem")
def show_search(request: Request, asked: AskedInUrl) -> Response:
    """Tìm kiếm."""
    index, names = index_of(request), names_of(request)
    context: dict[str, Any] = {
        "asked": asked,
        "sources": names,
        "headings": HEADINGS,
        "display": results.display,
        "bare": Asked(q=asked.q, sort=asked.sort).url(),
    }
    try:
        found = results.results(index, asked, names, datetime.now(VIETNAM))
    except QueryError as error:
        return render(request, "search.html", status=400, problem=str(error), results=None, **context)
    return render(request, "search.html", problem="", results=found, **context)


@router.get("/tim-kiem.csv")
def export_search(request: Request, asked: AskedInUrl) -> Response:
    """The whole result for a spreadsheet."""
    content = "".join(results.export(index_of(request), asked, names_of(request)))
    name = f"lang-nghe-{datetime.now(VIETNAM):%Y%m%d-%H%M}.csv"
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/van-ban/{document_id}")
def show_document(request: Request, document_id: str) -> Response:
    """One document with its labels, what it answers and what answers it."""
    index = index_of(request)
    document = _document(index, document_id)
    if document is None:
        raise HTTPException(404)
    answers = documents(index, "", Filters(parent_id=document.id), size=_ANSWERS, sort="date")
    return render(
        request,
        "document.html",
        doc=document,
        paragraphs=labels.paragraphs(document),
        scores=labels.scores(document),
        parent=_document(index, document.parent_id) if document.parent_id else None,
        answers=[hit.document for hit in answers.hits],
        answers_total=answers.total,
        sources=names_of(request),
    )


@router.get("/nguon")
def show_sources(request: Request) -> Response:
    """Nguồn."""
    rows = health.source_rows(
        index_of(request), request.app.state.settings, catalogue_of(request), datetime.now(VIETNAM)
    )
    return render(
        request, "sources.html", rows=rows, bad=sum(row.state in {"failed", "late"} for row in rows)
    )


@router.get("/ban-tin")
def show_newest_digest(request: Request) -> Response:
    """Bản tin, the newest."""
    days = digests.days(request.app.state.settings.home)
    if days:
        return RedirectResponse(f"/ban-tin/{days[0]}", 307)
    return render(request, "digests.html", days=days, chosen=None)


@router.get("/ban-tin/{day}")
def show_digest(request: Request, day: date) -> Response:
    """Bản tin of a day."""
    days = digests.days(request.app.state.settings.home)
    if day not in days:
        raise HTTPException(404)
    return render(request, "digests.html", days=days, chosen=day)


@router.get("/ban-tin/{day}/digest.html")
def show_digest_frame(request: Request, day: date) -> Response:
    """The digest itself, for a frame that can run and load nothing."""
    html = digests.framed(request.app.state.settings.home, day)
    if html is None:
        raise HTTPException(404)
    return HTMLResponse(html, headers={"Content-Security-Policy": REPORT_POLICY})


@router.get("/api/docs")
def show_api(request: Request) -> Response:
    """The API's own page; FastAPI's pages load scripts from elsewhere."""
    return render(
        request,
        "api.html",
        spec=request.app.openapi(),
        examples=api.EXAMPLES,
        kind_of=api.kind_of,
        meaning_of=api.meaning_of,
    )


def _covered(asked: Span, newest: date | None, province: str) -> Days:
    """The asked days, else the last `days` up to the newest document's."""
    today = datetime.now(VIETNAM).date()
    last = asked.to or min(today, newest or today)
    first = asked.from_ or last - timedelta(days=asked.days - 1)
    first, last = min(first, last), max(first, last)
    return Days(max(first, last - timedelta(days=LONGEST_DAYS - 1)), last, province)


def _found(index: Index, asked: Asked, size: int) -> list[Document]:
    return [hit.document for hit in documents(index, asked.q, asked, size=size, sort=asked.sort).hits]


def _newest_day(index: Index) -> date | None:
    newest = _found(index, Asked(sort="date"), 1)
    return newest[0].published_at.astimezone(VIETNAM).date() if newest else None


def _document(index: Index, document_id: str) -> Document | None:
    source: Mapping[str, Any] | None = index.get("documents", document_id)
    return Document.model_validate(source) if source else None
