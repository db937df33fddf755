"""Who may read: login, session, throttle, Host check, and the headers that every answer carries."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from base64 import b64decode
from collections import OrderedDict
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import Request

from langnghe.config import Settings, WebSettings

SESSION_COOKIE = "langnghe_session"
FORM_COOKIE = "langnghe_form"
SESSION_SECONDS = 12 * 3600
FORM_SECONDS = 3600
_READER = "reader"
"""All that a session says; the name, which may hold any letter, is part of the key."""
ATTEMPTS = 5
ATTEMPT_SECONDS = 15 * 60
_ADDRESSES = 10_000

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
REPORT_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
"""For a stored digest: mail styles and embedded images, no script, no origin, no request to anywhere."""


class InsecureSettingsError(ValueError):
    """The dashboard would stand open to the network; the Vietnamese message says what to set."""


def check_settings(web: WebSettings) -> None:
    """Raise InsecureSettingsError unless the dashboard is on loopback or has a user and a password."""
    if web.user and web.password.get_secret_value():
        return
    if web.user or web.password.get_secret_value():
        raise InsecureSettingsError(
            "Bảng điều khiển cần đủ cả tên đăng nhập và mật khẩu: đặt LANGNGHE_WEB__USER và "
            "LANGNGHE_WEB__PASSWORD, hoặc bỏ cả hai."
        )
    if not is_loopback(web.host):
        raise InsecureSettingsError(
            f"Không mở bảng điều khiển ở {web.host}:{web.port} khi chưa có đăng nhập. Đặt LANGNGHE_WEB__USER "
            "và LANGNGHE_WEB__PASSWORD (hoặc [web] user, password trong langnghe.toml), hoặc để "
            "host = 127.0.0.1 để chỉ dùng trên máy này."
        )


def is_loopback(host: str) -> bool:
    """Whether a host name or address (without port) means this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_is_ours(request: Request) -> bool:
    """Whether the Host header names loopback; a rebound foreign name does not."""
    try:
        return is_loopback(urlsplit(f"//{request.headers.get('host', '')}").hostname or "")
    except ValueError:
        return False


class Gate:
    """Signs sessions and login forms, compares credentials, counts failed attempts by address."""

    def __init__(self, settings: Settings) -> None:
        self.user = settings.web.user
        self._password = settings.web.password.get_secret_value()
        self.closed = bool(self.user)
        key = _key(settings.home / "web.key") if self.closed else secrets.token_bytes(32)
        # A changed password ends the sessions of the old one.
        secret = hmac.digest(key, f"{self.user}\n{self._password}".encode(), "sha256")
        self._sessions = TimestampSigner(secret, salt="session", digest_method=hashlib.sha256)
        self._forms = TimestampSigner(secret, salt="form", digest_method=hashlib.sha256)
        self._failures: OrderedDict[str, list[float]] = OrderedDict()

    def session(self) -> str:
        """A signed session for the one user."""
        return self._sessions.sign(_READER).decode()

    def lets_in(self, request: Request) -> bool:
        """Whether the request carries a session that is ours and not too old."""
        if not self.closed:
            return True
        return _signed(self._sessions, request.cookies.get(SESSION_COOKIE, ""), SESSION_SECONDS) == _READER

    def form_token(self, nonce: str) -> str:
        """What the login form carries beside the cookie `nonce`."""
        return self._forms.sign(nonce).decode()

    def form_is_ours(self, nonce: str, token: str) -> bool:
        """Whether a posted token was made for this browser's cookie."""
        signed = _signed(self._forms, token, FORM_SECONDS)
        return bool(nonce) and signed is not None and _same(signed, nonce)

    def accepts(self, user: str, password: str) -> bool:
        """Compare credentials in constant time."""
        right_user = _same(user, self.user)
        return _same(password, self._password) and right_user

    def accepts_basic(self, request: Request) -> bool:
        """Whether an API request carries the credentials as HTTP Basic; failures count as attempts."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic" or self.blocked(request):
            return False
        try:
            user, _, password = b64decode(value, validate=True).decode().partition(":")
        except ValueError:
            return False
        if self.accepts(user, password):
            return True
        self.failed(request)
        return False

    def blocked(self, request: Request) -> bool:
        """Whether the address has used up its attempts for now."""
        since = time.monotonic() - ATTEMPT_SECONDS
        recent = [at for at in self._failures.get(_address(request), []) if at > since]
        return len(recent) >= ATTEMPTS

    def failed(self, request: Request) -> None:
        """Count a failed attempt."""
        failures = self._failures.setdefault(_address(request), [])
        failures.append(time.monotonic())
        del failures[:-ATTEMPTS]
        self._failures.move_to_end(_address(request))
        while len(self._failures) > _ADDRESSES:
            self._failures.popitem(last=False)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _signed(signer: TimestampSigner, value: str, seconds: int) -> str | None:
    try:
        return signer.unsign(value, max_age=seconds).decode()
    except (BadSignature, UnicodeError):
        return None


def _key(path: Path) -> bytes:
    """The installation's signing key, made at the first start and readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        key = secrets.token_bytes(32)
        file.write(key)
    return key
