"""A digest as a mail and as a page: HTML with pictures, plain text, and the message that holds both."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from functools import cache
from textwrap import fill

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from langnghe.digest import charts
from langnghe.digest.phrases import listed, long_day, number
from langnghe.digest.records import Digest

_AT = "langnghe"
"""Right half of every picture's content id."""


@dataclass(frozen=True)
class Rendered:
    """The same page in all its forms."""

    html: str
    """For mail: pictures by content id."""
    page: str
    """For a browser: pictures inside, one file."""
    text: str
    images: Mapping[str, bytes]
    """PNG by name; its content id is `<name>@langnghe`."""
    message: EmailMessage
    """Subject and content; sender, recipient and date are the sending's."""


def render(digest: Digest) -> Rendered:
    """Set a digest on its page; the same digest gives the same bytes."""
    images = _images(digest)
    html = _page("digest.html", digest, {name: f"cid:{name}@{_AT}" for name in images})
    inside = {name: f"data:image/png;base64,{b64encode(png).decode()}" for name, png in images.items()}
    text = _page("digest.txt", digest, {})
    return Rendered(
        html=html,
        page=_page("digest.html", digest, inside),
        text=text,
        images=images,
        message=_message(digest, html, text, images),
    )


def _images(digest: Digest) -> dict[str, bytes]:
    found = {f"rise-{at}": charts.spark(rise.series) for at, rise in enumerate(digest.rises, 1)}
    if digest.volume:
        found["volume"] = charts.volume(digest.volume, digest.day)
    return found


def _page(template: str, digest: Digest, sources: Mapping[str, str]) -> str:
    return _templates().get_template(template).render(d=digest, image=sources)


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("langnghe"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": number, "long_day": long_day, "listed": listed, "wrapped": _wrapped}
    made.filters["clock"] = "{:%H:%M}".format
    return made


def _wrapped(text: str, indent: int = 0) -> str:
    space = " " * indent
    return fill(
        text,
        76,
        initial_indent=space,
        subsequent_indent=space,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _message(digest: Digest, html: str, text: str, images: Mapping[str, bytes]) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = digest.subject
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    related = message.get_payload(1)
    assert isinstance(related, EmailMessage)  # noqa: S101 - as add_alternative leaves it
    for name, png in images.items():
        related.add_related(
            png, "image", "png", cid=f"<{name}@{_AT}>", filename=f"{name}.png", disposition="inline"
        )
    _fix_boundaries(message, digest.day)
    return message


def _fix_boundaries(message: EmailMessage, day: date) -> None:
    """Boundaries that are the same whenever the page is, in place of random ones."""
    multiparts = [part for part in message.walk() if part.is_multipart()]
    for at, part in enumerate(multiparts):
        part.set_boundary(f"=_langnghe_{day:%Y%m%d}_{at}")
