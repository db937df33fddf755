"""How the page says things: plain Vietnamese, honest with small numbers."""

from __future__ import annotations

import re
from datetime import date

from langnghe.trends import Cell
from nlp.labels import TOPICS

WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
_FEW = 3.0
"""A usual below so many a day is said in numbers, not as a multiple."""


def number(value: float) -> str:
    """`12.345`: Vietnamese digit grouping."""
    return f"{value:,.0f}".replace(",", ".")


def long_day(day: date) -> str:
    """`Thứ Tư, 25/11/2026`."""
    return f"{WEEKDAYS[day.weekday()]}, {day:%d/%m/%Y}"


def compared(today: int, usual: float | None) -> str:
    """A day against the usual, `gấp 4 lần ngày thường`; empty where there is nothing to compare with."""
    if usual is None:
        return ""
    if usual < _FEW:
        return _in_numbers(usual)
    ratio = today / usual
    for least, words in (
        (2.75, f"gấp {round(ratio)} lần ngày thường"),
        (2.25, "gấp hai lần rưỡi ngày thường"),
        (1.75, "gấp đôi ngày thường"),
        (1.35, "gấp rưỡi ngày thường"),
        (1.15, "nhiều hơn ngày thường một chút"),
        (0.85, "như ngày thường"),
        (0.6, "ít hơn ngày thường một chút"),
    ):
        if ratio >= least:
            return words
    return "ít hơn hẳn ngày thường"


def _in_numbers(mean: float) -> str:
    if mean < 0.2:
        return "ngày thường hầu như không có"
    if mean < 0.8:
        return "ngày thường chưa tới 1"
    return f"ngày thường khoảng {round(mean)}"


def cell_name(cell: Cell) -> str | None:
    """What a cell counts, in words; None for cells that tell a leader nothing."""
    topic = in_sentence(TOPICS.get(cell.value, cell.value))
    names = {
        ("complaints", "topic"): f"Phàn nàn cơ quan nhà nước về {topic}",
        ("complaints", "place"): f"Phàn nàn cơ quan nhà nước ở {cell.value}",
        ("people", "topic"): f"Người dân nói về {topic}",
        ("people", "place"): f"Phản ánh ở {cell.value}",
        ("press", "topic"): f"Báo chí viết về {topic}",
    }
    single = {
        ("people", "target", "state"): "Ý kiến nói tới cơ quan nhà nước",
        ("people", "sentiment", "neg"): "Ý kiến tiêu cực",
        ("people", "sentiment", "pos"): "Ý kiến tích cực",
        ("press", "valence", "neg"): "Tin bất lợi trên báo",
        ("all", "kind", "ticket"): "Phản ánh gửi về tổng đài",
    }
    return names.get((cell.voice, cell.field)) or single.get((cell.voice, cell.field, cell.value))


def in_sentence(name: str) -> str:
    """A topic's name within a sentence: `môi trường, thời tiết`."""
    return name[:1].lower() + name[1:]


def shortened(text: str, most: int) -> str:
    """The text in one line, cut after a sentence or a word, at most `most` letters."""
    line = re.sub(r"\s+", " ", text).strip()
    if len(line) <= most:
        return line
    head = line[: most + 1]
    sentence = max(head.rfind(mark) for mark in (". ", "! ", "? "))
    if sentence >= most // 2:
        return head[: sentence + 1]
    return head[: head.rfind(" ")].rstrip(" ,;:–-") + "…"


def listed(names: list[str] | tuple[str, ...]) -> str:
    """`An Hải, Sơn Trà và Hòa Xuân`."""
    return " và ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
