"""The leader's page: what it says, and that mail programs can show it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from io import BytesIO
from itertools import count
from typing import Any

import pytest
from lxml import html as lxml_html
from matplotlib.image import imread

from demo.outlets import Forum, outlets
from demo.texts import Remark, tickets
from langnghe.config import VIETNAM, Settings
from langnghe.digest import Digest, Rendered, digest, render
from langnghe.digest.phrases import compared, shortened
from langnghe.digest.stories import stories
from langnghe.digest.unheard import unheard
from langnghe.documents import Document
from langnghe.index.embedded import EmbeddedIndex
from langnghe.trends import trends

ANCHOR = datetime(2026, 11, 25, 20, 0, tzinfo=VIETNAM)
DAY = ANCHOR.date()
SETTINGS = Settings(province="Đà Nẵng", collection="demo")
_numbers = count()


@dataclass
class Run:
    """A crawl report, as far as the digest reads it."""

    source: str
    outcome: str
    rejected: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


def document(at: datetime, **fields: Any) -> Document:
    number = next(_numbers)
    made = {
        "id": f"{number:024x}",
        "url": f"https://bao.example/{number}",
        "source": "demo_bachdang",
        "kind": "comment",
        "title": "",
        "text": "Nước đục bốn ngày rồi mà chưa thấy ai xuống xem cho dân nhờ.",
        "published_at": at,
        "published_precision": "minute",
        "fetched_at": ANCHOR,
        "batch": "2026-11-25/x",
    }
    return Document.model_validate(made | fields)


def remark_of(remark: Remark, source: str, url: str, title: str, parent: str) -> Document:
    """A demonstration comment with labels by a few words, enough for the page's counts."""
    angry = re.search(r"không|chưa|chậm|bẩn|hôi|hết tin|sao giờ", remark.text.lower()) is not None
    state = re.search(r"phường|sở|1022|thành phố|cán bộ", remark.text.lower()) is not None
    return document(
        remark.published(ANCHOR),
        source=source,
        url=f"{url}#comment-{remark.id}",
        title=title,
        text=remark.text,
        likes=remark.likes,
        parent_id=parent,
        topic="environment" if "nước" in title.lower() else "transport",
        sentiment="neg" if angry else "neu",
        target="state" if state else "none",
    )


@cache
def demonstration() -> tuple[Document, ...]:
    """The demonstration's articles, comments and tickets as documents."""
    found = []
    for outlet in outlets(ANCHOR):
        if isinstance(outlet, Forum):
            continue
        for story in outlet.stories:
            url = outlet.home + outlet.url(story)
            article = document(
                story.published(ANCHOR),
                source=outlet.slug,
                url=url,
                kind="article",
                title=story.title,
                lead=story.lead,
                text="\n\n".join((story.lead, *story.body)),
                topic="environment" if story.story == "nuoc-duc" else "transport",
                valence="neu",
                province="Đà Nẵng",
                section=story.story,
            )
            found.append(article)
            found += [remark_of(r, outlet.slug, url, story.title, article.id) for r in story.comments]
    statuses = {"Đã trả lời": "answered", "Đang xử lý": "open", "Mới tiếp nhận": "new"}
    for ticket in tickets():
        found.append(
            document(
                ticket.published(ANCHOR),
                source="tickets_1022",
                url=f"ticket:1022/{ticket.number}",
                kind="ticket",
                title=ticket.title,
                text=ticket.content,
                place=ticket.ward,
                status=statuses[ticket.status],
                topic="environment",
                sentiment="neg",
                target="state",
                province="Đà Nẵng",
            )
        )
    return tuple(found)


def written(
    documents: Iterable[Document], runs: Sequence[Run] = (), settings: Settings = SETTINGS, day: date = DAY
) -> Digest:
    index = EmbeddedIndex(None)
    index.setup()
    index.write("documents", (each.model_dump(mode="json") for each in documents))
    return digest(index, trends(index, day, settings.province), runs, settings, day)


@pytest.fixture(scope="module")
def page() -> Digest:
    runs = [Run("demo_cong", "ok"), Run("dng_baodanang", "failed", errors=["TimeoutError: timed out"])]
    return written(demonstration(), runs)


@pytest.fixture(scope="module")
def rendered(page: Digest) -> Rendered:
    return render(page)


def test_the_day_is_headed_by_the_story_that_most_outlets_carry(page: Digest) -> None:
    main = page.stories[0]
    assert "nước đục" in main.title.lower()
    assert len(main.outlets) == 5
    assert page.headline == main.title
    assert page.detail.startswith("5 nơi đưa tin")
    assert page.subject.startswith("[Minh họa] Bản tin 25/11: ")


def test_the_main_story_has_a_quotation_and_says_who_answered(page: Digest) -> None:
    main = page.stories[0]
    assert main.quote is not None
    assert main.quote.said.startswith("Bình luận trên Tin nhanh Bạch Đằng")
    assert main.answer is not None
    assert main.answer.outlet.startswith("Cổng tin thành phố")
    assert re.search(r"Đã trả lời \d+ trong \d+ phản ánh liên quan", main.answered)


def test_complaints_are_counted_by_topic_and_place_with_words_of_people(page: Digest) -> None:
    complaints = page.complaints
    assert complaints.topics[0].name == "Môi trường, thời tiết"
    assert complaints.places[0].name == "An Hải"
    assert complaints.at_state <= complaints.negative
    assert complaints.quotes
    assert not {quote.text for quote in complaints.quotes} & {s.quote.text for s in page.stories if s.quote}


def test_what_rose_is_said_against_the_usual(page: Digest) -> None:
    names = {rise.name: rise for rise in page.rises}
    assert "Phàn nàn cơ quan nhà nước về môi trường, thời tiết" in names
    assert all("ngày thường" in rise.compared for rise in page.rises)


def test_a_source_that_could_not_be_heard_is_named_with_the_reason(page: Digest) -> None:
    assert [(each.name, each.why) for each in page.unheard] == [
        ("Báo và Phát thanh, Truyền hình Đà Nẵng", "trang trả lời quá chậm")
    ]


def test_planted_stories_are_grouped_and_nothing_else_is() -> None:
    for back in range(8):
        day = DAY - timedelta(days=back)
        window = [d for d in demonstration() if 0 <= (day - d.published_at.date()).days <= 2]
        articles = [d for d in window if d.kind == "article"]
        for group in stories(articles, [], day):
            planted = {article.section for article in group.articles}
            assert len(planted) == 1, [article.title for article in group.articles]
    last = [d for d in demonstration() if d.kind == "article" and (DAY - d.published_at.date()).days <= 2]
    assert len(stories(last, [], DAY)[0].articles) >= 9  # of 12


def test_the_same_day_gives_the_same_bytes(page: Digest, rendered: Rendered) -> None:
    again = render(
        written(demonstration(), [Run("dng_baodanang", "failed", errors=["TimeoutError: timed out"])])
    )
    assert again.message.as_bytes() == rendered.message.as_bytes()
    assert again.page == rendered.page
    assert Digest.model_validate_json(page.model_dump_json()) == page


def test_the_message_holds_text_page_and_every_picture(rendered: Rendered) -> None:
    message = message_from_bytes(rendered.message.as_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    assert message.get_content_type() == "multipart/alternative"
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert page is not None
    wanted = set(re.findall(r'src="cid:([^"]+)"', page.get_content()))
    held = {part["Content-ID"].strip("<>"): part for part in message.walk() if part["Content-ID"]}
    assert wanted == set(held) == {f"{name}@langnghe" for name in rendered.images}
    for part in held.values():
        assert imread(BytesIO(part.get_content()), format="png").shape[2] == 4
    assert message["Subject"].startswith("[Minh họa]")


def test_the_page_is_what_mail_programs_can_show(rendered: Rendered) -> None:
    tree = lxml_html.document_fromstring(rendered.html)
    assert tree.get("lang") == "vi"
    assert not tree.xpath("//script | //link | //form | //svg | //iframe")
    assert all(image.get("alt") and image.get("width") for image in tree.xpath("//img"))
    assert "max-width:640px" in rendered.html
    assert not re.search(r"display:\s*(flex|grid)|position:", rendered.html)
    assert len(rendered.html.encode()) < 100_000  # Gmail cuts at 102 KB
    assert all(href.startswith(("http://", "https://")) for href in tree.xpath("//a/@href"))


def test_the_standalone_page_needs_nothing_from_outside(rendered: Rendered) -> None:
    sources = lxml_html.document_fromstring(rendered.page).xpath("//img/@src")
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)


def test_both_forms_say_the_same_and_no_percentages(page: Digest, rendered: Rendered) -> None:
    shown = " ".join(lxml_html.document_fromstring(rendered.html).text_content().split())
    plain = " ".join(rendered.text.split())
    for said in (page.headline, page.detail, *(s.title for s in page.stories), *(r.name for r in page.rises)):
        assert said in shown
        assert said in plain
    body = lxml_html.document_fromstring(rendered.html).find("body")
    assert body is not None
    assert "%" not in body.text_content()
    assert "Dữ liệu minh họa" in shown
    assert "MINH HỌA" in plain


def test_a_live_collection_carries_no_notice() -> None:
    live = render(written(demonstration(), settings=Settings(province="Đà Nẵng")))
    assert "Dữ liệu minh họa" not in live.html
    assert not live.message["Subject"].startswith("[")


def test_what_people_write_is_shown_as_text() -> None:
    nasty = document(
        ANCHOR,
        text='<script>alert(1)</script> nước đục quá trời, "không ai" xuống & xem giùm bà con',
        sentiment="neg",
        target="state",
        topic="environment",
        url="javascript:alert(1)",
    )
    made = render(written([nasty]))
    assert "<script" not in made.html
    assert "&lt;script&gt;" in made.html
    assert "javascript:" not in made.html
    assert "<script>alert(1)</script> nước đục" in " ".join(made.text.split())


def test_a_day_without_anything_says_so() -> None:
    empty = written([], [Run("demo_cong", "failed", errors=["DNS lookup failed"])])
    assert empty.headline == "Chưa nghe được gì trong ngày này"
    assert empty.unheard[0].why == "không tìm thấy tên miền"
    made = render(empty)
    assert "Không có ý kiến tiêu cực nào trong ngày." in made.text
    assert made.images == {}


def test_a_young_collection_says_that_it_cannot_compare() -> None:
    young = written([document(ANCHOR - timedelta(days=days)) for days in (0, 0, 1)])
    assert "chưa đủ để so với ngày thường" in young.detail
    assert {figure.compared for figure in young.figures} == {""}


def test_insults_are_not_quoted() -> None:
    said = {"sentiment": "neg", "target": "state", "topic": "health"}
    rude = document(ANCHOR, text="Đồ ăn hại, " * 10, toxic=True, likes=99, **said)
    plain = document(ANCHOR, text="Trạm y tế hết thuốc huyết áp đã hai tuần nay rồi.", likes=1, **said)
    quotes = written([rude, plain]).complaints.quotes
    assert [quote.text for quote in quotes] == ["Trạm y tế hết thuốc huyết áp đã hai tuần nay rồi."]


@pytest.mark.parametrize(
    ("today", "usual", "said"),
    [
        (9, None, ""),
        (6, 0.0, "ngày thường hầu như không có"),
        (6, 0.5, "ngày thường chưa tới 1"),
        (6, 1.9, "ngày thường khoảng 2"),
        (40, 10.0, "gấp 4 lần ngày thường"),
        (20, 10.0, "gấp đôi ngày thường"),
        (15, 10.0, "gấp rưỡi ngày thường"),
        (10, 10.0, "như ngày thường"),
        (2, 10.0, "ít hơn hẳn ngày thường"),
    ],
)
def test_comparisons_in_words(today: int, usual: float | None, said: str) -> None:
    assert compared(today, usual) == said


def test_texts_are_cut_after_a_sentence_or_a_word() -> None:
    assert shortened("Nước đục. Ai chịu trách nhiệm đây?", 15) == "Nước đục."
    assert shortened("Nước đục bốn ngày, chưa ai trả lời", 19) == "Nước đục bốn ngày…"
    assert shortened("Nước\n\nđục", 20) == "Nước đục"


def test_a_source_with_one_good_run_or_a_document_was_heard() -> None:
    runs = [Run("a", "failed", errors=["HTTP 503"]), Run("a", "ok"), Run("b", "empty"), Run("c", "empty")]
    found = unheard(runs, {"b": 3}, {"c": "Báo C"})
    assert [(each.name, each.why, each.failed) for each in found] == [("Báo C", "không có tin mới", False)]


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (Run("a", "failed", rejected={"robots": 4}), "trang không cho phép thu thập"),
        (Run("a", "failed", rejected={"http_403": 2}), "trang chặn, không cho đọc"),
        (Run("a", "failed", errors=["certificate verify failed"]), "chứng chỉ bảo mật của trang có lỗi"),
        (Run("a", "failed", errors=["boom"]), "thu thập không thành công"),
    ],
)
def test_troubles_are_named_in_plain_words(run: Run, why: str) -> None:
    assert unheard([run], {}, {})[0].why == why
