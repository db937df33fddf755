"""The lead (sapo) of an article: where it stands, and the outlet's name that it starts with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from crawlers.blocks import Block, read_blocks
from crawlers.boilerplate import body_text
from crawlers.layout import folded
from crawlers.structured import Facts

_HINT = re.compile(
    r"sapo|chapeau|summary|descript|intro|tom-?tat|trich-?yeu|hometext|abstract|excerpt|standfirst|"
    r"(?:^|[\s_-])(?:lead|desc|teaser|head-?text)(?:$|[\s_-])",
    re.I,
)
_OUTLET = re.compile(
    r"^\s*(?:[(\[][^()\[\]]{2,30}[)\]]|(?:[A-ZĐ][A-ZĐ0-9]{1,9}(?:\.[A-Z]{2,3})?|"
    r"[A-Za-z]{3,20}\.(?:vn|com\.vn|org\.vn|gov\.vn))"
    r"(?: Online| TV)?)\s*(?:[-–—:]|&ndash;)\s*",
)
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_PLACES = re.compile(r"^\s*(?:TP|TPHCM|TP\.HCM|HCM|UBND|HĐND)\b")


def strip_outlet(lead: str, prefix: str = "") -> str:
    """The lead without the outlet's name in front: `(Dân trí) - `, `TTO - `, or what `prefix` matches."""
    if prefix and (own := re.match(prefix, lead)):
        return lead[own.end() :].strip(" -–—:")
    if _PLACES.match(lead):
        return lead
    return _OUTLET.sub("", lead, count=1).strip()


def find_lead(
    title: HtmlElement | None, body: HtmlElement | None, blocks: Sequence[Block], facts: Facts
) -> tuple[str, list[Block]]:
    """The lead and the blocks left: text between title and body, else a first block that looks like one."""
    if title is not None and body is not None:
        gap = _between(title, body)
        if lead := _of_gap(gap, facts):
            return lead, [block for block in blocks if folded(block.text) != folded(lead)]
    while blocks and _is_dateline(blocks[0], facts):
        blocks = blocks[1:]
    if len(blocks) > 1 and _looks_like_lead(blocks[0], blocks[1:], body):
        return blocks[0].text, list(blocks[1:])
    return "", list(blocks)


def _is_dateline(block: Block, facts: Facts) -> bool:
    """A line with the time of publication or the section's name, between a title and a body in one box."""
    letters = _NOT_LETTERS.sub("", block.text)
    digits = sum(char.isdigit() for char in block.text)
    return (len(block.text) < 100 and digits >= 6 and digits * 5 > len(letters)) or folded(
        block.text
    ) == folded(facts.section)


def _between(title: HtmlElement, body: HtmlElement) -> list[Block]:
    """The text blocks after the title and before the body, when the body does not hold the title."""
    above = set(title.iterancestors())
    if body in above:
        return []
    common = next((element for element in body.iterancestors() if element in above), None)
    if common is None:
        return []
    gap: list[Block] = []
    for block in read_blocks(common, after=title):
        if block.element is body or body in block.element.iterancestors():
            return body_text(gap) if len(gap) < 25 else []
        gap.append(block)
    return []


def _of_gap(gap: Sequence[Block], facts: Facts) -> str:
    long = [block for block in gap if len(block.text) >= 40 and not block.linked]
    hinted = [block for block in long if _is_hinted(block.element)]
    if hinted:
        return " ".join(block.text for block in hinted[:3])
    described = [block for block in long if _starts_alike(block.text, facts.description)]
    running = [block for block in long if len(block.text) >= 80]
    return next((block.text for block in (*described, *running)), "")


def _is_hinted(element: HtmlElement, limit: HtmlElement | None = None) -> bool:
    for _ in range(3):
        if element is limit or element.tag in {"body", "html"}:
            return False
        if _HINT.search(
            f"{element.get('class') or ''} {element.get('id') or ''} {element.get('data-role') or ''}"
        ):
            return True
        above = element.getparent()
        if above is None:
            return False
        element = above
    return False


def _starts_alike(text: str, description: str) -> bool:
    one, other = folded(strip_outlet(text)), folded(strip_outlet(description))
    return len(other) > 40 and one[:40] == other[:40]


def _looks_like_lead(block: Block, rest: Sequence[Block], body: HtmlElement | None) -> bool:
    if len(block.text) < 50 or len(block.text) > 900:
        return False
    if _is_hinted(block.element, body):
        return True
    if block.bold or block.element.tag in {"h2", "h3", "h4"}:
        return not all(other.bold for other in rest) and len(block.text) >= 60
    return False
