"""The page in a sentence or two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from langnghe.digest.phrases import cell_name, in_sentence, number, shortened
from langnghe.digest.records import Complaints, Story
from langnghe.digest.stories import day_of
from langnghe.documents import Document
from langnghe.trends import Trends

_SUBJECT = 90
_OUTLETS, _ECHO = 2, 5
"""A story that so many outlets carry, or so many people speak of, is the day's main thing."""


def headline(stories: Sequence[Story], trends: Trends) -> str:
    """What matters on the day."""
    if stories and _matters(stories[0]):
        return stories[0].title
    if name := next(filter(None, map(cell_name, trends.rises)), None):
        return f"{name}: tăng rõ so với ngày thường"
    if not trends.total:
        return "Chưa nghe được gì trong ngày này"
    return "Một ngày bình thường, không có chuyện gì nổi lên"


def detail(stories: Sequence[Story], complaints: Complaints, trends: Trends) -> str:
    """Who carries it and how many speak of it; what people complain about, how much and where."""
    return " ".join(filter(None, (_carried(stories), _complained(complaints), _history(trends))))


def subject(stories: Sequence[Story], trends: Trends, *, demo: bool) -> str:
    """The mail's subject: the day and its main thing."""
    text = f"{'[Minh họa] ' if demo else ''}Bản tin {trends.day:%d/%m}: {headline(stories, trends)}"
    if len(text) <= _SUBJECT:
        return text
    # Better a whole clause than a few more words.
    clause = max(text.rfind(mark, _SUBJECT // 2, _SUBJECT) for mark in (", ", "; ", " – ", "? ", ". "))
    return text[:clause] if clause > 0 else shortened(text, _SUBJECT)


def answers(tickets: Sequence[Document], day: date) -> str:
    """How far the week's tickets are answered; empty where that is not known."""
    known = [ticket for ticket in tickets if ticket.status]
    if not known:
        return ""
    today = [ticket for ticket in known if day_of(ticket) == day]
    said = [f"Trong 7 ngày: {_of(known)}."]
    if today:
        said.insert(0, f"Hôm nay: {_of(today)}.")
    return " ".join(said)


def _of(tickets: Sequence[Document]) -> str:
    answered = sum(ticket.status == "answered" for ticket in tickets)
    if not answered:
        return f"chưa trả lời phản ánh nào trong {number(len(tickets))} phản ánh"
    return f"đã trả lời {number(answered)} trong {number(len(tickets))} phản ánh"


def _matters(story: Story) -> bool:
    return len(story.outlets) >= _OUTLETS or story.voices + story.tickets >= _ECHO


def _carried(stories: Sequence[Story]) -> str:
    if not stories or not _matters(stories[0]):
        return ""
    main = stories[0]
    said = f"{len(main.outlets)} nơi đưa tin với {main.articles} bài trong ba ngày qua"
    echo = [
        f"{number(main.voices)} ý kiến trên mạng" if main.voices else "",
        f"ít nhất {number(main.tickets)} phản ánh gửi tổng đài" if main.tickets else "",
    ]
    if any(echo):
        said += f"; {' và '.join(filter(None, echo))} về chuyện này"
    return f"{said}."


def _complained(complaints: Complaints) -> str:
    if not complaints.at_state:
        return ""
    said = f"Hôm nay có {number(complaints.at_state)} ý kiến phàn nàn về cơ quan nhà nước"
    if complaints.compared:
        said += f" ({complaints.compared})"
    if complaints.topics and complaints.topics[0].count > 1:
        said += f", nhiều nhất về {in_sentence(complaints.topics[0].name)}"
    return f"{said}."


def _history(trends: Trends) -> str:
    return "" if trends.usual_days else "Mới nghe được ít ngày, chưa đủ để so với ngày thường."
