"""The application: routes, the guard before every request, and pages for what goes wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from langnghe import __version__
from langnghe.config import Settings
from langnghe.index.contract import IndexError_
from langnghe.log import logger
from langnghe.query import QueryError
from langnghe.web import api, login, pages
from langnghe.web.security import HEADERS, Gate, check_settings, host_is_ours
from langnghe.web.templating import render

_OPEN = ("/static/", "/dang-nhap", "/healthz")
"""Reachable before login."""
_MESSAGES = {
    404: ("Không tìm thấy trang", "Địa chỉ này không có, hoặc văn bản đã được gỡ khỏi chỉ mục."),
    405: ("Không làm được việc này", "Bảng điều khiển chỉ để đọc."),
    422: ("Địa chỉ không hợp lệ", "Một tham số trong địa chỉ không đúng dạng. Ngày viết như 2026-11-23."),
    500: (
        "Có lỗi trong hệ thống",
        "Lỗi đã được ghi vào nhật ký. Nếu thử lại vẫn lỗi, xin báo người vận hành.",
    ),
}


def create_app(settings: Settings) -> FastAPI:
    """The dashboard over one installation.

    Raises InsecureSettingsError when it would stand open to the network without login.
    """
    check_settings(settings.web)
    app = FastAPI(
        title="Lắng Nghe",
        version=__version__,
        description="API chỉ đọc cho trung tâm điều hành (IOC): tìm kiếm, số đếm, xu hướng.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.settings = settings
    app.state.gate = Gate(settings)
    app.state.index = None
    app.state.catalogue = None
    app.middleware("http")(_guard)
    app.include_router(pages.router)
    app.include_router(login.router)
    app.include_router(api.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    for error in (HTTPException, RequestValidationError, QueryError, IndexError_, Exception):
        app.add_exception_handler(error, _failed)
    return app


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = _refusal(request) or await call_next(request)
    if request.url.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-cache")
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _refusal(request: Request) -> Response | None:
    gate: Gate = request.app.state.gate
    if not gate.closed:
        # Without login only loopback names may be used, or a foreign page could rebind its own name to us.
        return None if host_is_ours(request) else PlainTextResponse("Tên máy chủ không hợp lệ.", 421)
    path = request.url.path
    if path.startswith(_OPEN) or gate.lets_in(request):
        return None
    if path.startswith("/api/"):
        if gate.blocked(request):
            return JSONResponse({"error": "Quá nhiều lần thử; xin đợi 15 phút."}, 429)
        if gate.accepts_basic(request):
            return None
        return JSONResponse(
            {"error": "Cần đăng nhập (HTTP Basic)."}, 401, {"WWW-Authenticate": 'Basic realm="Lang Nghe"'}
        )
    target = path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/dang-nhap?next={quote(target, safe='')}", 303)


def _failed(request: Request, error: Exception) -> Response:
    """Every error as a Vietnamese page, or as JSON under /api."""
    status, title, text = _said(error)
    if isinstance(error, IndexError_):
        logger().warning("index unusable", path=request.url.path, reason=str(error))
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger().error("request failed", path=request.url.path, exc_info=error)
    headers = {**HEADERS, **(getattr(error, "headers", None) or {})}
    if request.url.path.startswith(("/api/", "/healthz")):
        return JSONResponse({"error": text}, status, headers)
    template = "absent.html" if isinstance(error, IndexError_) else "error.html"
    response = render(request, template, status=status, title=title, text=text)
    response.headers.update(headers)
    return response


def _said(error: Exception) -> tuple[int, str, str]:
    if isinstance(error, QueryError):
        return 400, "Câu tìm chưa đúng", str(error)
    if isinstance(error, IndexError_):
        return 503, "Chưa đọc được chỉ mục", str(error)
    status = 500
    if isinstance(error, HTTPException):
        status = error.status_code
    elif isinstance(error, RequestValidationError):
        status = 422
    title, text = _MESSAGES.get(status, _MESSAGES[500])
    return status, title, text
