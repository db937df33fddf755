"""The dashboard and the API over a real embedded index with made-up documents."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from lxml import html
from pydantic import SecretStr

from langnghe.batches import Batch, StageReport, write_report
from langnghe.config import VIETNAM, Settings, WebSettings
from langnghe.documents import Document
from langnghe.index import open_index
from langnghe.web.app import create_app
from langnghe.web.charts import Bar, Part, columns, ticks
from langnghe.web.security import InsecureSettingsError
from langnghe.web.words import change, number, reject
from nlp.labels import Labels, Scored

NOW = datetime.now(VIETNAM).replace(microsecond=0)
TODAY = NOW.date()


def _document(number: int, **fields: object) -> dict[str, object]:
    base: dict[str, object] = {
        "id": f"d{number:02}",
        "url": f"https://bao.example.vn/bai-{number}",
        "source": "demo_baosonghan",
        "kind": "article",
        "title": f"Bài số {number}",
        "text": "Nội dung bình thường.",
        "published_at": NOW - timedelta(minutes=number),
        "published_precision": "minute",
        "fetched_at": NOW,
        "batch": "b",
        "topic": "transport",
        "topics": ("transport",),
        "province": "Đà Nẵng",
    }
    return Document.model_validate(base | fields).model_dump()


def _comment(number: int, text: str, **fields: object) -> dict[str, object]:
    return _document(
        number, kind="comment", title="Nước máy đục ở An Hải", text=text, parent_id="d01", **fields
    )


DOCUMENTS = [
    _document(
        1,
        title="Nước máy đục ở An Hải",
        lead="Người dân phường An Hải lo lắng.",
        text="Người dân phường An Hải lo lắng.\n\nNước sinh hoạt đục & có mùi <b>lạ</b>.",
        topic="land_urban",
        valence="neg",
        stance="crit",
        keywords=("nước sinh hoạt",),
        label_scores=Labels(
            topics=(Scored(label="land_urban", score=0.91),), valence=Scored(label="neg", score=0.8)
        ).model_dump_json(),
    ),
    _comment(
        2, "Trả lời chậm quá, không ai chịu trách nhiệm", sentiment="neg", target="state", topic="land_urban"
    ),
    _comment(3, "Cảm ơn các anh đã chở nước", sentiment="pos", target="people", topic="land_urban"),
    _document(
        4,
        kind="ticket",
        source="tickets",
        url="",
        title="Ổ gà trên đường Lê Văn Hiến",
        text='=HYPERLINK("http://x") đường hỏng',
        sentiment="neg",
        target="state",
        place="Ngũ Hành Sơn",
    ),
    _document(5, url="javascript:alert(1)", title="Bài có địa chỉ xấu", valence="neu"),
    *(_document(10 + n, title=f"Xe buýt điện tuyến {n}", valence="pos") for n in range(45)),
]


def _fill(home: Path) -> None:
    index = open_index(Settings(home=home))
    index.setup()
    index.write("documents", DOCUMENTS)
    started = NOW - timedelta(hours=1)
    run = {
        "id": f"{TODAY}/demo_cong-081500",
        "source": "demo_cong",
        "day": TODAY.isoformat(),
        "started_at": started.isoformat(),
        "finished_at": (started + timedelta(minutes=1)).isoformat(),
        "finish_reason": "finished",
        "outcome": "failed",
        "new_pages": 0,
        "rejected": {"http_403": 14},
    }
    index.write("crawl_runs", [run])
    index.close()
    batch = Batch(home / "batches", TODAY, "demo_cong-081500")
    write_report(
        batch,
        StageReport(
            stage="extract", batch=batch.key, inputs=9, outputs=1, rejected={"too_short": 3, "navigation": 5}
        ),
    )
    digest = home / "reports" / TODAY.isoformat()
    digest.mkdir(parents=True)
    (digest / "volume.png").write_bytes(b"\x89PNG")
    (digest / "digest.html").write_text(
        '<html><head></head><body><img src="cid:volume.png" alt=""><a href="https://example.vn">tin</a></body></html>'
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("home")
    _fill(path)
    return path


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    settings = Settings(home=home, province="Đà Nẵng", collection="demo")
    with TestClient(create_app(settings), base_url="http://127.0.0.1", follow_redirects=False) as made:
        yield made


@pytest.fixture
def guarded(home: Path) -> Iterator[TestClient]:
    web = WebSettings(host="0.0.0.0", user="lãnh đạo", password=SecretStr("mật khẩu rất dài"))
    app = create_app(Settings(home=home, web=web, collection="demo"))
    with TestClient(app, base_url="https://langnghe.example.vn", follow_redirects=False) as made:
        yield made


def _links(page: str) -> set[str]:
    return {unescape(href) for href in html.fromstring(page).xpath("//*[local-name()='a']/@href")}


def _total(client: TestClient, href: str) -> int:
    address = href.replace("/tim-kiem", "/api/v1/search", 1)
    total: int = client.get(address).json()["total"]
    return total


# Overview


def test_every_number_links_to_as_many_documents(client: TestClient) -> None:
    tree = html.fromstring(client.get("/").text)
    checked = 0
    for link in tree.xpath("//a[contains(@class,'num')] | //div[@class='figures card']/a"):
        said = link.xpath("string(.//span[@class='value'])") or link.text_content()
        if "%" not in said:
            assert _total(client, link.get("href")) == int(said.replace(".", "")), link.get("href")
            checked += 1
    assert checked > 6


def test_bars_of_the_chart_link_to_their_day_and_kind(client: TestClient) -> None:
    tree = html.fromstring(client.get("/").text)
    bars = tree.xpath("(//*[local-name()='svg' and contains(@class,'columns')])[1]//*[local-name()='a']")
    said = {bar.get("aria-label"): _total(client, bar.get("href")) for bar in bars}
    assert said
    assert all(label.endswith(f": {total}") for label, total in said.items())
    assert sum(said.values()) == len(DOCUMENTS)


def test_a_rise_links_to_the_documents_of_its_day(tmp_path: Path) -> None:
    index = open_index(Settings(home=tmp_path))
    index.setup()
    quiet = [
        _document(
            n,
            published_at=NOW - timedelta(days=1 + n % 10),
            province="",
            keywords=tuple(f"từ {n} {m}" for m in range(30)),
        )
        for n in range(20)
    ]
    loud = [_comment(100 + n, "Nước đục", topic="health", keywords=("nước đục",)) for n in range(25)]
    said = [fields | {"published_at": NOW, "sentiment": "neg", "target": "state"} for fields in loud]
    index.write("documents", [*quiet, *said])
    index.close()
    settings = Settings(home=tmp_path, province="Đà Nẵng")
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        tree = html.fromstring(client.get("/").text)
        rises = tree.xpath("//ul[contains(@class,'rising')]/li")
        words = tree.xpath("//ul[@class='words']//a")
        assert any("Phàn nàn về y tế" in rise.text_content() for rise in rises)
        for rise in rises:
            count = int(rise.xpath("string(.//span[@class='why'])").split()[0])
            assert _total(client, rise.xpath("./a/@href")[0]) == count == 25
        assert [(word.xpath("string(b)"), _total(client, word.get("href"))) for word in words] == [("25", 25)]


def test_the_overview_counts_the_province_and_what_names_none(home: Path, tmp_path: Path) -> None:
    index = open_index(Settings(home=tmp_path))
    index.setup()
    index.write("documents", [_document(n, province=p) for n, p in enumerate(("Đà Nẵng", "", "Huế"))])
    index.close()
    settings = Settings(home=tmp_path, province="Đà Nẵng")
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        first = html.fromstring(client.get("/").text).xpath("//div[@class='figures card']/a")[0]
        assert first.xpath("string(span[@class='value'])") == "2"
        assert _total(client, first.get("href")) == 2
        page = html.fromstring(client.get(first.get("href")).text)
        assert "Tỉnh, thành: không nêu ×" in page.xpath("//ul[@class='chosen']")[0].text_content()


def test_complaints_about_public_bodies_are_quoted(client: TestClient) -> None:
    page = client.get("/").text
    assert "không ai chịu trách nhiệm" in page
    assert "2 ý kiến" in page


def test_an_empty_range_leads_to_the_newest_documents(client: TestClient) -> None:
    page = client.get("/?from=2001-01-01&to=2001-01-07").text
    assert "Không có văn bản nào trong khoảng này" in page
    assert any(f"to={TODAY}" in link for link in _links(page))


def test_turned_dates_are_understood(client: TestClient) -> None:
    assert client.get(f"/?from={TODAY}&to=2026-01-01").status_code == 200


# Search


def test_search_without_accents_marks_accented_letters(client: TestClient) -> None:
    page = client.get("/tim-kiem?q=nuoc+sinh+hoat").text
    assert "<em>Nước sinh hoạt</em>" in page


def test_typed_accents_bind(client: TestClient) -> None:
    assert _total(client, "/tim-kiem?q=nước") > 0
    assert _total(client, "/tim-kiem?q=nược") == 0


def test_text_is_escaped_around_the_marks(client: TestClient) -> None:
    page = client.get("/tim-kiem", params={"q": "mùi"}).text
    assert "&lt;b&gt;lạ&lt;/b&gt;" in page
    assert "<b>lạ</b>" not in page
    page = client.get("/tim-kiem", params={"q": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in page


def test_facets_count_what_they_leave(client: TestClient) -> None:
    tree = html.fromstring(client.get("/tim-kiem?q=nuoc").text)
    choices = tree.xpath("//details[contains(@class,'facets')]//li/a")
    assert choices
    for choice in choices:
        assert _total(client, choice.get("href")) == int(choice.xpath("string(.//span[@class='count'])"))


def test_a_second_value_widens_a_facet(client: TestClient) -> None:
    one = _total(client, "/tim-kiem?kind=comment")
    assert _total(client, "/tim-kiem?kind=comment&kind=ticket") == one + 1


def test_pages_show_every_document_once(client: TestClient) -> None:
    seen: list[str] = []
    href = "/tim-kiem?q=xe+buyt"
    while href:
        tree = html.fromstring(client.get(href).text)
        seen += tree.xpath("//ol[contains(@class,'items')]//h3/a/@href")
        href = next(iter(tree.xpath("//a[@rel='next']/@href")), "")
    assert len(seen) == 45
    assert len(set(seen)) == 45


def test_newest_first(client: TestClient) -> None:
    hits = client.get("/api/v1/search?q=xe+buyt&sort=date").json()["hits"]
    assert hits == sorted(hits, key=lambda hit: hit["published_at"], reverse=True)


def test_a_bad_query_is_explained(client: TestClient) -> None:
    answer = client.get("/tim-kiem?q=-chỉ")
    assert answer.status_code == 400
    assert "Câu tìm chưa đúng" in answer.text
    assert client.get("/api/v1/search?q=-chỉ").json()["error"]
    assert client.get("/tim-kiem.csv?q=-chỉ").status_code == 400


def test_nothing_found_says_what_to_do(client: TestClient) -> None:
    page = client.get("/tim-kiem?q=khongcogi&kind=article").text
    assert "Không có văn bản nào khớp" in page
    assert "/tim-kiem?q=khongcogi" in _links(page)


def test_only_web_addresses_become_links(client: TestClient) -> None:
    for path in ("/tim-kiem?valence=neu", "/van-ban/d05"):
        page = client.get(path).text
        assert "Bài có địa chỉ xấu" in page
        assert "javascript:" not in page


def test_export_is_for_spreadsheets_and_no_formula_survives(client: TestClient) -> None:
    answer = client.get("/tim-kiem.csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == len(DOCUMENTS)
    assert {row["Loại"] for row in rows} == {"Bài báo", "Bình luận", "Phản ánh"}
    assert "'=HYPERLINK" in {row["Trích đoạn"][:11] for row in rows}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_a_document_written_by_another_process_is_seen(tmp_path: Path) -> None:
    _fill(tmp_path)
    with TestClient(create_app(Settings(home=tmp_path)), base_url="http://localhost") as client:
        before = client.get("/api/v1/search").json()["total"]
        writer = open_index(Settings(home=tmp_path))
        writer.write("documents", [_document(99)])
        writer.close()
        assert client.get("/api/v1/search").json()["total"] == before + 1


# Document, sources, digests


def test_a_document_shows_labels_with_scores_and_its_answers(client: TestClient) -> None:
    page = client.get("/van-ban/d01").text
    tree = html.fromstring(page)
    assert "91%" in page
    assert [li.text_content() for li in tree.xpath("//section[@id='tra-loi']//p[@class='ink']")] == [
        "Trả lời chậm quá, không ai chịu trách nhiệm",
        "Cảm ơn các anh đã chở nước",
    ]
    assert page.count("Người dân phường An Hải lo lắng.") == 1


def test_a_comment_leads_to_what_it_answers(client: TestClient) -> None:
    assert "/van-ban/d01" in _links(client.get("/van-ban/d02").text)


def test_an_unknown_document_is_a_vietnamese_404(client: TestClient) -> None:
    answer = client.get("/van-ban/khong-co")
    assert answer.status_code == 404
    assert "Không tìm thấy trang" in answer.text
    assert "default-src" in answer.headers["content-security-policy"]


def test_sources_say_what_failed_and_what_to_do(client: TestClient) -> None:
    tree = html.fromstring(client.get("/nguon").text)
    first = tree.xpath("//tbody/tr")[0].text_content()
    assert "Lỗi" in first
    assert "trang từ chối truy cập (403): 14" in first
    assert "văn bản quá ngắn: 3" in first
    assert "danh mục" not in first
    assert "xin phép" in first


def test_a_digest_is_framed_without_scripts_and_with_its_images(client: TestClient) -> None:
    assert client.get("/ban-tin").headers["location"] == f"/ban-tin/{TODAY}"
    page = html.fromstring(client.get(f"/ban-tin/{TODAY}").text)
    frame = page.xpath("//iframe")[0]
    assert "allow-scripts" not in frame.get("sandbox")
    assert "allow-same-origin" not in frame.get("sandbox")
    answer = client.get(frame.get("src"))
    assert "data:image/png;base64," in answer.text
    assert "cid:" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "frame-ancestors 'self'" in policy


def test_no_file_outside_the_reports_can_be_framed(client: TestClient) -> None:
    assert client.get("/ban-tin/..%2f..%2fetc/digest.html").status_code in {404, 422}
    assert client.get("/ban-tin/2001-01-01/digest.html").status_code == 404


# API


def test_counts_by_one_and_two_fields(client: TestClient) -> None:
    assert client.get("/api/v1/counts?by=kind").json()["counts"] == {"article": 47, "comment": 2, "ticket": 1}
    crossed = client.get("/api/v1/counts?by=target&then=sentiment").json()["counts"]
    assert crossed == {"state": {"neg": 2}, "people": {"pos": 1}}
    by_day = client.get("/api/v1/counts?by=day").json()["counts"]
    assert sum(by_day.values()) == len(DOCUMENTS)


def test_the_api_gives_quotations_and_no_full_text(client: TestClient) -> None:
    hit = client.get("/api/v1/search?q=nuoc+sinh+hoat").json()["hits"][0]
    assert "<em>" in hit["highlight"]["fragments"][0]
    assert "text" not in hit


def test_trends_of_a_day(client: TestClient) -> None:
    assert client.get(f"/api/v1/trends?day={TODAY}").status_code == 200


def test_the_api_describes_itself_without_foreign_scripts(client: TestClient) -> None:
    page = client.get("/api/docs").text
    assert "/api/v1/counts" in page
    assert not re.search(r'(src|href)="https?://', page)
    assert "/api/v1/search" in client.get("/api/openapi.json").json()["paths"]


@pytest.mark.parametrize("path", ["/?days=900", "/tim-kiem?from=hôm+qua", "/tim-kiem?page=0"])
def test_bad_addresses_are_explained(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 422
    assert "Địa chỉ không hợp lệ" in answer.text


@pytest.mark.parametrize("path", ["/", "/tim-kiem", "/api/v1/search", "/nguon", "/van-ban/d01"])
def test_nothing_can_be_written(client: TestClient, path: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.request(method, path).status_code == 405


# What is missing or broken


def test_without_an_index_the_page_names_the_command(tmp_path: Path) -> None:
    with TestClient(create_app(Settings(home=tmp_path / "new")), base_url="http://127.0.0.1") as client:
        for path in ("/", "/tim-kiem?q=nước", "/nguon"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert "langnghe run --day today" in answer.text
        assert client.get("/healthz").status_code == 503
        assert client.get("/api/v1/search").json()["error"]
        assert not (tmp_path / "new" / "index").exists()
        _fill(tmp_path / "new")
        assert client.get("/").status_code == 200


def test_an_unforeseen_error_is_a_vietnamese_page_without_a_trace(home: Path, tmp_path: Path) -> None:
    _fill(tmp_path)
    (tmp_path / "index" / "aliases.json").write_text("{broken")
    app = create_app(Settings(home=tmp_path))
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        answer = client.get("/")
    assert answer.status_code == 500
    assert "Có lỗi trong hệ thống" in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


# Security


@pytest.mark.parametrize(
    "web",
    [
        WebSettings(host="0.0.0.0"),
        WebSettings(host="10.0.0.5", user="x"),
        WebSettings(host="::", password=SecretStr("x")),
        WebSettings(host="127.0.0.1", user="x"),
        WebSettings(host="langnghe.example.vn"),
    ],
)
def test_it_refuses_to_stand_open(tmp_path: Path, web: WebSettings) -> None:
    with pytest.raises(InsecureSettingsError, match="LANGNGHE_WEB__USER"):
        create_app(Settings(home=tmp_path, web=web))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_loopback_needs_no_login(tmp_path: Path, host: str) -> None:
    create_app(Settings(home=tmp_path, web=WebSettings(host=host)))


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", "["])
def test_a_rebound_name_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST"])
def test_loopback_names_are_ours(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 200


def test_headers_and_no_inline_code(client: TestClient) -> None:
    for path in ("/", "/tim-kiem?q=nuoc", "/nguon", f"/ban-tin/{TODAY}", "/van-ban/d01", "/api/docs", "/x"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        tree = html.fromstring(answer.text)
        assert not tree.xpath("//*[@style] | //style | //script[not(@src)] | //@*[starts-with(name(), 'on')]")


def _log_in(client: TestClient, user: str, password: str, **fields: str) -> int:
    form = html.fromstring(client.get("/dang-nhap").text)
    token = form.xpath("//input[@name='token']/@value")[0]
    data = {"user": user, "password": password, "token": token} | fields
    return client.post("/dang-nhap", data=data).status_code


def test_pages_lead_to_login_and_back(guarded: TestClient) -> None:
    answer = guarded.get("/tim-kiem?q=nước&kind=comment")
    assert answer.status_code == 303
    form = html.fromstring(guarded.get(answer.headers["location"]).text)
    fields = {name: form.xpath(f"//input[@name='{name}']/@value")[0] for name in ("token", "next")}
    answer = guarded.post("/dang-nhap", data=fields | {"user": "lãnh đạo", "password": "mật khẩu rất dài"})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    assert "SameSite=lax" in cookie
    assert guarded.get(answer.headers["location"]).status_code == 200
    guarded.post("/dang-xuat")
    assert guarded.get("/").status_code == 303


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nX: y", "x"]
)
def test_login_never_leads_to_another_site(guarded: TestClient, target: str) -> None:
    assert _log_in(guarded, "lãnh đạo", "mật khẩu rất dài") == 303
    assert guarded.get("/dang-nhap", params={"next": target}).headers["location"] == "/"


def test_a_login_form_from_elsewhere_is_refused(guarded: TestClient) -> None:
    right = {"user": "lãnh đạo", "password": "mật khẩu rất dài"}
    assert guarded.post("/dang-nhap", data=right).status_code == 400
    foreign = html.fromstring(guarded.get("/dang-nhap").text).xpath("//input[@name='token']/@value")[0]
    guarded.cookies.clear()
    guarded.get("/dang-nhap")
    assert guarded.post("/dang-nhap", data=right | {"token": foreign}).status_code == 400


def test_attempts_are_throttled_and_the_right_password_waits_too(guarded: TestClient) -> None:
    for _ in range(5):
        assert _log_in(guarded, "lãnh đạo", "sai") == 401
    assert _log_in(guarded, "lãnh đạo", "mật khẩu rất dài") == 429
    assert guarded.get("/api/v1/search", auth=("lãnh đạo", "mật khẩu rất dài")).status_code == 429


def test_a_forged_or_old_session_is_no_session(guarded: TestClient, home: Path) -> None:
    assert _log_in(guarded, "lãnh đạo", "mật khẩu rất dài") == 303
    session = guarded.cookies["langnghe_session"]
    assert guarded.get("/").status_code == 200
    other = WebSettings(host="0.0.0.0", user="lãnh đạo", password=SecretStr("mật khẩu mới đổi"))
    with TestClient(create_app(Settings(home=home, web=other)), follow_redirects=False) as changed:
        changed.cookies.set("langnghe_session", session)
        assert changed.get("/").status_code == 303
    guarded.cookies.clear()
    guarded.cookies.set("langnghe_session", session[:-2] + "xx")
    assert guarded.get("/").status_code == 303


def test_a_session_outlives_a_restart(guarded: TestClient, home: Path) -> None:
    assert _log_in(guarded, "lãnh đạo", "mật khẩu rất dài") == 303
    web = WebSettings(host="0.0.0.0", user="lãnh đạo", password=SecretStr("mật khẩu rất dài"))
    with TestClient(create_app(Settings(home=home, web=web))) as again:
        again.cookies.set("langnghe_session", guarded.cookies["langnghe_session"])
        assert again.get("/").status_code == 200
    assert (home / "web.key").stat().st_mode & 0o077 == 0


def test_the_api_takes_basic_credentials(guarded: TestClient) -> None:
    assert guarded.get("/api/v1/search").status_code == 401
    assert guarded.get("/api/v1/search", auth=("lãnh đạo", "mật khẩu rất dài")).json()["total"] == len(
        DOCUMENTS
    )
    assert guarded.get("/api/v1/search", auth=("lãnh đạo", "sai")).status_code == 401
    assert guarded.get("/", auth=("lãnh đạo", "mật khẩu rất dài")).status_code == 303
    assert guarded.get("/healthz").status_code == 200


# Words and charts


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1234, "1.234"), (1234567, "1.234.567"), (3.5, "3,5"), (1234.56, "1.234,6")]
)
def test_numbers_are_written_the_vietnamese_way(value: float, text: str) -> None:
    assert number(value) == text


def test_changes_and_unknown_rejects_are_said_plainly() -> None:
    assert [change(12, 10), change(5, 10), change(3, 0), change(0, 0), change(10, 10)] == [
        "+20%",
        "−50%",
        "mới",
        "–",
        "0%",
    ]
    assert reject("http_503") == "máy chủ trả lời lỗi 503"
    assert reject("something_new") == "something_new"


@pytest.mark.parametrize(
    ("highest", "marks"),
    [(0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (7, [0, 2, 4, 6, 8]), (61, [0, 20, 40, 60, 80])],
)
def test_axis_marks_are_round_and_cover_the_highest(highest: int, marks: list[int]) -> None:
    assert ticks(highest) == marks


def test_a_chart_escapes_what_it_draws() -> None:
    drawn = columns([Bar("<b>", (Part("neg", '"x"', 3, "/?a=1&b=2"),))], "Tựa <x>")
    assert "<b>" not in drawn
    assert 'href="/?a=1&amp;b=2"' in drawn
    assert html.fromstring(drawn).xpath("//*[local-name()='title']")[0].text == '<b> · "x": 3'
