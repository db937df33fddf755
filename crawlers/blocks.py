"""A piece of HTML as the paragraphs that a reader sees, without captions, boxes, buttons and bylines."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from crawlers.structured import clean

_BLOCK = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "header",
    ]
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_NEVER = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "object",
        "embed",
        "video",
        "audio",
        "canvas",
        "svg",
        "form",
        "button",
        "select",
        "input",
        "textarea",
        "nav",
        "aside",
        "footer",
        "figure",
        "figcaption",
        "picture",
        "map",
        "ins",
    ]
)
# Names of boxes inside a body that are not its text. Short words must stand alone.
_BOX = re.compile(
    r"relat|lienquan|lien-quan|tin-?khac|tinkhac|readmore|read-more|xem-?them|share|social|author|tac-?gia|byline|"
    r"banner|advert|quang-?cao|comment|binh-?luan|rating|breadcrumb|caption|chu-?thich|toolbar|paging|pagination|"
    r"popup|modal|newsletter|subscribe|audio|podcast|player|nghe-?doc|sapo-?related|hash-?tag|tu-?khoa|keyword|"
    r"(?:^|\s)(?:image|pic|pcaption)(?:$|\s)|"
    r"(?:^|[\s_-])(?:ads?|adv|qc|tags?|vote|print|hidden|d-none|hide|tools?|fb-like|source|nguon)(?:$|[\s_\d-])",
    re.I,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.I)
_CENTRED = re.compile(r"text-align\s*:\s*center", re.I)
_RIGHT = re.compile(r"text-align\s*:\s*(?:right|end)", re.I)


@dataclass(frozen=True)
class Block:
    """A paragraph as read, and how it looks."""

    text: str
    element: HtmlElement
    """Its nearest block element."""
    bold: bool = False
    italic: bool = False
    linked: bool = False
    """Seven tenths of its letters are a link: a related title with its date behind it."""
    centred: bool = False
    right: bool = False
    after_image: bool = False
    """An image stands directly before it, or in it."""

    @property
    def is_heading(self) -> bool:
        """Whether it is an HTML heading or a short bold line."""
        return self.element.tag in HEADINGS or (self.bold and len(self.text) < 120)


@dataclass
class _Run:
    """The inline pieces of a block while it is read."""

    pieces: list[tuple[str, bool, bool, bool]] = field(default_factory=list)
    image: bool = False


_Event = tuple[str, bool, bool, bool] | str
"""A piece of text (bold, italic, link), or `break`, `line`, `image`, or a new block's mark."""


def read_blocks(
    container: HtmlElement, dropped: Collection[HtmlElement] = (), after: HtmlElement | None = None
) -> list[Block]:
    """The blocks of a container in order, only those after the element `after` when it lies inside."""
    reader = _Reader(container, frozenset(dropped), after)
    reader.read(container, bold=False, italic=False, link=False)
    reader.flush(container)
    return reader.blocks


class _Reader:
    """Walks a container once and gathers its blocks."""

    def __init__(
        self, container: HtmlElement, dropped: frozenset[HtmlElement], after: HtmlElement | None
    ) -> None:
        self.blocks: list[Block] = []
        self._dropped = dropped
        self._after = after
        self._whole = max(len(container.text_content()), 1)
        self._run = _Run()
        self._image = False
        self._lines = 0

    def read(self, element: HtmlElement, *, bold: bool, italic: bool, link: bool) -> None:
        """Read an element's inside."""
        self._text(element.text, bold, italic, link)
        for child in element:
            self._child(child, element, bold, italic, link)
            self._text(child.tail, bold, italic, link)

    def flush(self, element: HtmlElement) -> None:
        """End the block that is being read; `element` is its block element."""
        run, self._run = self._run, _Run()
        self._lines = 0
        text = clean("".join(piece[0] for piece in run.pieces))
        if not text:
            self._image = self._image or run.image
            return
        letters = [(len(piece[0].strip()), *piece[1:]) for piece in run.pieces]
        total = sum(size for size, *_ in letters) or 1
        bold, italic, linked = (
            sum(item[0] for item in letters if item[index]) >= share * total
            for index, share in ((1, 0.9), (2, 0.9), (3, 0.7))
        )
        centred, right = _alignment(element)
        image = self._image or run.image
        self.blocks.append(Block(text, element, bold, italic, linked, centred, right, image))
        self._image = False

    def _text(self, text: str | None, bold: bool, italic: bool, link: bool) -> None:
        if text:
            self._run.pieces.append((text, bold, italic, link))
            if text.strip():
                self._lines = 0

    def _child(self, child: HtmlElement, parent: HtmlElement, bold: bool, italic: bool, link: bool) -> None:
        tag = child.tag
        if not isinstance(tag, str):
            return
        if child is self._after:
            self.blocks.clear()
            self._run = _Run()
            return
        if tag == "br":
            self._line_break(parent)
        elif tag == "img":
            self._run.image = True
        elif tag in _NEVER or child in self._dropped or self._is_box(child):
            self._image = self._image or next(child.iter("img"), None) is not None
        elif tag == "table" and (rows := _data_rows(child)) is not None:
            self.flush(_block(parent))
            self._image = self._image or next(child.iter("img"), None) is not None
            self.blocks.extend(Block(row, child) for row in rows)
        elif tag in _BLOCK:
            self.flush(_block(parent))
            strong = bold or _is_bold(child)
            self.read(child, bold=strong, italic=italic, link=link)
            self.flush(child)
        else:
            self.read(
                child,
                bold=bold or tag in {"b", "strong"} or _is_bold(child),
                italic=italic or tag in {"i", "em"},
                link=link or tag == "a",
            )

    def _line_break(self, parent: HtmlElement) -> None:
        """Two breaks end a paragraph; one does after a bold line and outside paragraphs."""
        self._lines += 1
        block = _block(parent)
        shown = [piece for piece in self._run.pieces if piece[0].strip()]
        is_head = bool(shown) and all(piece[1] for piece in shown)
        if self._lines > 1 or is_head or block.tag not in {"p", "li", "blockquote", "td", *HEADINGS}:
            self.flush(block)
        else:
            self._run.pieces.append(("\n", False, False, False))

    def _is_box(self, element: HtmlElement) -> bool:
        if _HIDDEN.search(element.get("style") or ""):
            return True
        name = f"{element.get('class') or ''} {element.get('id') or ''}"
        if len(name) < 3 or not _BOX.search(name):
            return False
        return len(element.text_content()) < 0.5 * self._whole


def _block(element: HtmlElement) -> HtmlElement:
    while element.tag not in _BLOCK and (parent := element.getparent()) is not None:
        element = parent
    return element


def _is_bold(element: HtmlElement) -> bool:
    return bool(_BOLD_STYLE.search(element.get("style") or ""))


def _alignment(element: HtmlElement) -> tuple[bool, bool]:
    style, align = element.get("style") or "", (element.get("align") or "").lower()
    name = element.get("class") or ""
    centred = (
        element.tag == "center" or align == "center" or bool(_CENTRED.search(style)) or "text-center" in name
    )
    return centred, align == "right" or bool(_RIGHT.search(style)) or "text-right" in name


def _data_rows(table: HtmlElement) -> list[str] | None:
    """The rows of a table of facts as lines, [] for a picture's frame, None where a table lays out text."""
    if next(table.iter("img"), None) is not None and len(clean(table.text_content())) < 500:
        return []
    rows = [
        [clean(cell.text_content()) for cell in row if cell.tag in {"td", "th"}] for row in table.iter("tr")
    ]
    cells = [cell for row in rows for cell in row if cell]
    if next((inner for inner in table.iter("table") if inner is not table), None) is not None or not cells:
        return None
    if sum(len(row) > 1 for row in rows) < 2 or max(map(len, cells)) > 400:
        return None
    return [" | ".join(filter(None, row)) for row in rows if any(row)]
