"""Where on a page of no known family the title, the body and the time of publication stand."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from difflib import SequenceMatcher

from lxml import etree
from lxml.html import HtmlElement

from crawlers.structured import Facts, clean

_LONG_TEXT = etree.XPath("//body//text()[string-length(normalize-space(.)) > 40]")
_TITLES = etree.XPath("//h1 | //h2 | //h3 | //*[contains(@class, 'itle') or contains(@id, 'itle')]")
_IMPRINT = re.compile(
    r"tổng biên tập|cơ quan chủ quản|giấy phép|điện thoại|hotline|đường dây nóng|email|©|copyright|bản quyền|"
    r"tòa soạn|chịu trách nhiệm|fax|địa chỉ",
    re.I,
)
_TEXT_BLOCKS = frozenset(("p", "li", "blockquote", "h2", "h3", "h4", "dd", "pre"))
_CONTAINERS = frozenset(("div", "td", "article", "section", "main", "body", "th", "center", "form", "span"))
_GOOD = re.compile(
    r"(?:article|detail|news|post|entry|content|body|noi-?dung|chi-?tiet|fck|cms|bodytext|journal|main|text|asset)",
    re.I,
)
_BAD = re.compile(
    r"relat|lien-?quan|sidebar|side-bar|comment|binh-?luan|footer|menu|nav|widget|banner|advert|quang-?cao|header|"
    r"breadcrumb|tin-?khac|other|list|hot|most|xem-nhieu|doc-nhieu|slide|carousel|copyright|login|search|popup|"
    r"(?:^|[\s_-])(?:ads?|right|qc|tags?)(?:$|[\s_-])",
    re.I,
)


def folded(text: str) -> str:
    """Letters and digits of a text in lower case, for comparing titles."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", text).lower()).strip()


def alike(one: str, other: str) -> float:
    """How alike two titles are, 0 to 1; a title with a site's name behind it counts as the same."""
    a, b = folded(one), folded(other)
    if not a or not b:
        return 0.0
    short, long = sorted((a, b), key=len)
    if len(short) > 12 and long.startswith(short):
        return 1.0
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def find_title(tree: HtmlElement, facts: Facts) -> HtmlElement | None:
    """The element that shows the title: the h1, unless another heading fits the page's name far better."""
    known = [title for title in (facts.headline, *facts.titles) if title]
    ranked: list[tuple[float, int, HtmlElement]] = []
    seen: set[str] = set()
    for order, element in enumerate(_TITLES(tree)):
        text = clean(element.text_content()) if len(element) < 8 else ""
        if (
            not 8 <= len(text) <= 300
            or text in seen
            or folded(text) == folded(facts.site)
            or _leads_home(element)
        ):
            continue
        seen.add(text)
        score = max((alike(text, title) for title in known), default=0.0)
        if element.tag == "h1":
            score += 0.5 + (0.1 if len(text) > 20 else 0)
        if score >= 0.5:
            ranked.append((round(score, 1), -order, element))
        if order > 400:
            break
    if not ranked:
        return None
    score, _, element = max(ranked, key=lambda item: item[:2])
    # Portals put the section's name into the h1 of every page.
    return None if score < 1 and len(clean(element.text_content())) < 25 else element


def title_above(tree: HtmlElement, body: HtmlElement) -> HtmlElement | None:
    """The last title-like element before or at the start of a body, on a page that calls itself "News"."""
    best = None
    inside = set(body.iterdescendants())
    for element in _TITLES(tree):
        text = clean(element.text_content()) if len(element) < 4 else ""
        if element in inside:
            return best if best is not None or not 20 <= len(text) <= 250 else element
        if 20 <= len(text) <= 250 and not _leads_away(element):
            best = element
        if element is body or _precedes(body, element):
            break
    return best


def _precedes(one: HtmlElement, other: HtmlElement) -> bool:
    """Whether `one` stands before `other` in the document."""
    common = set(one.iterancestors())
    branch = other
    for above in other.iterancestors():
        if above in common:
            mine = next(element for element in (one, *one.iterancestors()) if element.getparent() is above)
            return bool(above.index(mine) < above.index(branch))
        branch = above
    return False


def _leads_home(element: HtmlElement) -> bool:
    return any((link.get("href") or "/") in {"/", "#", "./"} for link in element.iter("a"))


def _leads_away(element: HtmlElement) -> bool:
    return next(element.iter("a"), None) is not None or any(
        above.tag in {"a", "li"} for above in element.iterancestors()
    )


def find_body(tree: HtmlElement, title: HtmlElement | None) -> HtmlElement | None:
    """The element that holds most running text, weighed by its name and where it stands to the title."""
    scores: dict[HtmlElement, float] = defaultdict(float)
    for text in _LONG_TEXT(tree):
        block = _text_block(text)
        if block is None:
            continue
        parent, weight = block.getparent(), len(text)
        holder = parent if block.tag in _TEXT_BLOCKS and parent is not None else block
        for share in (1.0, 0.7, 0.4):
            if holder is None or holder.tag == "html":
                break
            scores[holder] += weight * share
            holder = holder.getparent()
    best = sorted(scores.items(), key=lambda item: -item[1])[:8]
    ranked = [
        (score * _name_weight(element) * _link_weight(element) * _imprint_weight(element), element)
        for element, score in best
    ]
    if not ranked:
        return None
    top = max(ranked, key=lambda item: item[0])[1]
    return _widened(top, title)


def _text_block(text: etree._ElementUnicodeResult) -> HtmlElement | None:
    """The block element that a text stands in, None inside a link or a part that never is an article."""
    element = text.getparent()
    if element is not None and text.is_tail:
        element = element.getparent()
    for _ in range(8):
        if element is None or element.tag in {
            "a",
            "script",
            "style",
            "button",
            "option",
            "figcaption",
            "footer",
        }:
            return None
        if element.tag in _TEXT_BLOCKS or element.tag in _CONTAINERS - {"span"}:
            return _outside_link(element)
        element = element.getparent()
    return None


def _outside_link(element: HtmlElement) -> HtmlElement | None:
    above = element.getparent()
    return None if above is not None and above.tag == "a" else element


def _name_weight(element: HtmlElement) -> float:
    name = f"{element.get('class') or ''} {element.get('id') or ''}"
    weight = 1.0
    if element.get("itemprop") == "articleBody":
        weight *= 2
    if _GOOD.search(name) or element.tag == "article":
        weight *= 1.25
    if _BAD.search(name) or element.tag in {"footer", "aside", "nav"}:
        weight *= 0.5
    return weight


def _imprint_weight(element: HtmlElement) -> float:
    """Next to nothing for the box with an outlet's licence, address and telephone."""
    text = clean(element.text_content())
    return 0.05 if len(text) < 2000 and len({word.lower() for word in _IMPRINT.findall(text)}) > 2 else 1.0


def _link_weight(element: HtmlElement) -> float:
    whole = len(clean(element.text_content())) or 1
    linked = sum(len(clean(link.text_content())) for link in element.iter("a"))
    return max(1 - linked / whole, 0.05)


def _widened(element: HtmlElement, title: HtmlElement | None) -> HtmlElement:
    """The parent, when the body is cut into boxes beside each other and the parent adds running text."""
    parent = element.getparent()
    if parent is None or parent.tag in {"body", "html", "tr", "tbody"}:
        return element
    if title is not None and (parent is title or any(above is parent for above in title.iterancestors())):
        return element
    own, wider = _running(element), _running(parent)
    return parent if wider > 1.3 * own and _link_weight(parent) > 0.8 else element


def _running(element: HtmlElement) -> int:
    return sum(
        len(text) for text in map(clean, (p.text_content() for p in element.iter("p"))) if len(text) > 80
    )


def title_links(element: HtmlElement) -> int:
    """How many links inside an element carry a whole title: what lists have and bodies have not."""
    return sum(
        1
        for link in element.iter("a")
        if len(clean(link.text_content())) > 25
        and (link.getparent().tag in {"h2", "h3", "h4", "h5"} or _alone(link))
    )


def _alone(link: HtmlElement) -> bool:
    block = link.getparent()
    while block is not None and block.tag in {"span", "b", "strong", "em"}:
        block = block.getparent()
    return block is not None and len(clean(block.text_content())) <= len(clean(link.text_content())) + 12
