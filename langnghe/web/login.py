"""Login and logout of the one user, for a dashboard that is bound elsewhere than to loopback."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from langnghe.log import logger
from langnghe.web.security import (
    FORM_COOKIE,
    FORM_SECONDS,
    SESSION_COOKIE,
    SESSION_SECONDS,
    Gate,
)
from langnghe.web.templating import render

router = APIRouter(include_in_schema=False)


@router.get("/dang-nhap")
def form(request: Request, next: str = "/") -> Response:  # noqa: A002 (the word that readers know in such links)
    """The login form; straight on for those who are in."""
    gate: Gate = request.app.state.gate
    if gate.lets_in(request):
        return RedirectResponse(_local(next), 303)
    return _form(request, next)


@router.post("/dang-nhap")
def enter(
    request: Request,
    user: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    token: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Check the form's token, the throttle and the credentials, in that order."""
    gate: Gate = request.app.state.gate
    if not gate.closed:
        return RedirectResponse("/", 303)
    if not gate.form_is_ours(request.cookies.get(FORM_COOKIE, ""), token):
        return _form(request, next, "Biểu mẫu đã hết hạn; xin nhập lại.", 400)
    if gate.blocked(request):
        return _form(request, next, "Đã sai quá nhiều lần; xin đợi 15 phút rồi thử lại.", 429)
    if not gate.accepts(user, password):
        gate.failed(request)
        logger().warning("login failed", address=request.client.host if request.client else "")
        return _form(request, next, "Tên đăng nhập hoặc mật khẩu không đúng.", 401)
    response = RedirectResponse(_local(next), 303)
    _cookie(request, response, SESSION_COOKIE, gate.session(), SESSION_SECONDS)
    response.delete_cookie(FORM_COOKIE)
    return response


@router.post("/dang-xuat")
def leave() -> Response:
    """Forget the session; SameSite=Lax keeps other sites' forms from doing it."""
    response = RedirectResponse("/dang-nhap", 303)
    response.delete_cookie(SESSION_COOKIE)
    return response


def _form(request: Request, target: str, problem: str = "", status: int = 200) -> Response:
    nonce = secrets.token_urlsafe(16)
    token = request.app.state.gate.form_token(nonce)
    response = render(request, "login.html", status=status, token=token, next=_local(target), problem=problem)
    _cookie(request, response, FORM_COOKIE, nonce, FORM_SECONDS)
    return response


def _cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    # Strict would drop the session on the first click from a mailed digest; no GET here changes anything.
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )


def _local(target: str) -> str:
    """The path to go on to, never another site's."""
    local = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if local else "/"
