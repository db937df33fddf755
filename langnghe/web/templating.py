"""Jinja set up once: autoescape, strict names, and the words and charts that templates use."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from langnghe import __version__
from langnghe.config import VIETNAM
from langnghe.web import charts, words
from langnghe.web.asked import link
from nlp.labels import label_name

_CODE = re.compile(r"`([^`]+)`")
_PAGES = {
    "/tim-kiem": "search",
    "/van-ban": "search",
    "/nguon": "sources",
    "/ban-tin": "digests",
    "/dang-nhap": "login",
}


def external(url: str) -> str:
    """A link to a site outside, or nothing: imported records may hold `javascript:` and the like."""
    return url if urlsplit(url).scheme in {"http", "https"} else ""


def code(text: str) -> Markup:
    """Escaped text in which `commands` are set as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("langnghe.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "number": words.number,
        "moment": words.moment,
        "day": words.day,
        "long_day": words.long_day,
        "reject": words.reject,
        "source_name": words.source_name,
        "external": external,
        "code": code,
    }
    made.globals |= {
        "charts": charts,
        "link": link,
        "statuses": words.STATUSES,
        "name": label_name,
        "version": __version__,
    }
    return made


environment = _environment()


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page with what every page's frame needs: the province, where we are, whether one can log out."""
    path = request.url.path
    here = "overview" if path == "/" else next((k for p, k in _PAGES.items() if path.startswith(p)), "")
    html = environment.get_template(template).render(
        settings=request.app.state.settings,
        here=here,
        closed=request.app.state.gate.closed,
        now=datetime.now(VIETNAM),
        **context,
    )
    return HTMLResponse(html, status)
