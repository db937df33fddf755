"""The public verbs: documented input in, documented output out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from langnghe.cli import app

PAGE = """<html><head><script type="application/ld+json">{"@type": "NewsArticle", "headline": "Nước đục ở An Hải",
"datePublished": "2026-11-22T08:15:00+07:00", "articleSection": "Đời sống"}</script></head><body>
<h1>Nước đục ở An Hải</h1><p class="sapo">Nhiều hộ dân phường An Hải phản ánh nước sinh hoạt đục và có mùi.</p>
<div class="article__body"><p>Sáng nay, bà con ở đường Nguyễn Văn Thoại mang can đi xin nước vì nước trong nhà
không thể nấu ăn được nữa, dù hóa đơn tháng này vẫn đóng đủ và đúng hạn như mọi tháng.</p>
<p>Đại diện phường cho biết đã yêu cầu đơn vị cấp nước kiểm tra đường ống, lấy mẫu nước tại bảy điểm và trả lời
người dân trước cuối tuần này; kết quả sẽ được niêm yết công khai tại nhà sinh hoạt cộng đồng.</p></div></body></html>"""


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGNGHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LANGNGHE_COLLECTION", "demo")


def run(*arguments: str, given: str = "", status: int = 0) -> str:
    result = CliRunner().invoke(app, arguments, input=given)
    assert result.exit_code == status, result.output
    return result.stdout


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_extract_gives_one_object(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text(PAGE, "utf8")
    item = json.loads(run("extract", "--url", "https://bao.example/a-123456.html", "--html", str(file)))
    assert item["kind"] == "article"
    assert item["title"] == "Nước đục ở An Hải"
    assert item["lead"].startswith("Nhiều hộ dân")
    assert len(item["paragraphs"]) == 2
    assert item["published_at"] == "2026-11-22T08:15:00+07:00"
    assert item["section"] == "Đời sống"


def test_extract_names_why_a_page_is_no_article() -> None:
    page = "<html><body><a href=/a>một</a><a href=/b>hai</a></body></html>"
    item = json.loads(run("extract", "--url", "https://bao.example/", "--html", "-", given=page))
    assert item["reject"]


def test_annotate_adds_labels_to_each_line_and_survives_bad_ones() -> None:
    comment = {
        "kind": "comment",
        "title": "Nước đục",
        "text": "Ba ngày rồi chưa ai trả lời, quá tệ!",
        "ref": 7,
    }
    article = {
        "kind": "article",
        "title": "Ùn tắc giao thông ở Đà Nẵng",
        "text": "Xe tải đâm ô tô trên quốc lộ 1.",
    }
    given = "\n".join(
        [json.dumps(comment), "{", json.dumps({"kind": "tweet", "text": "a"}), json.dumps(article)]
    )
    first, broken, unknown, last = lines(run("annotate", given=given))
    assert first["ref"] == 7
    assert first["labels"]["sentiment"]["label"] == "neg"
    assert first["labels"]["valence"] is None
    assert broken["reject"] == "bad_json"
    assert unknown["reject"] == "bad_line"
    assert last["labels"]["topics"][0]["label"] == "transport"
    assert last["labels"]["provinces"][0]["name"] == "Đà Nẵng"


def test_imported_documents_are_found_by_either_spelling(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    row = {
        "url": "https://bao.example/a-1.html",
        "title": "Tỉnh đẩy mạnh chuyển đổi số",
        "text": "Xã nào cũng có tổ công nghệ số cộng đồng. Liên hệ 0905 123 456.",
        "published_at": "2026-11-20T08:00:00+07:00",
        "source": "dng_bao",
        "kind": "article",
    }
    file.write_text(json.dumps(row) + "\n{\n", "utf8")
    assert "nhập 1, loại 1" in run("import", str(file))
    assert "nhập 1, loại 1" in run("import", str(file))
    found = json.loads(run("search", "chuyen doi so", "--json"))
    assert found["total"] == 1
    assert "<em>chuyển đổi số</em>" in found["hits"][0]["highlight"]["title"]
    assert json.loads(run("search", "0905", "--json"))["total"] == 0
    assert json.loads(run("search", "chuyến", "--json"))["total"] == 0
    assert json.loads(run("search", "chuyển", "--from", "2026-11-21", "--json"))["total"] == 0


def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGNGHE_INDEX__ENGINE", "solr")
    result = CliRunner().invoke(app, ["sources", "list"])
    assert result.exit_code == 1
    assert "index.engine" in result.stderr


def test_doctor_finds_a_fresh_installation_sound() -> None:
    assert "Chỉ mục" in run("doctor")


def test_every_command_has_help() -> None:
    for command in app.registered_commands:
        name = command.name or (command.callback.__name__ if command.callback else "")
        assert run(name, "--help")


def test_a_batch_that_breaks_a_stage_is_told_and_keeps_no_other_from_it(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    row = {"url": "https://a.example/1", "title": "Tin", "text": "Tin trong tỉnh.", "kind": "article"}
    file.write_text(json.dumps(row | {"published_at": "2026-11-20", "source": "x_y"}), "utf8")
    run("import", str(file))
    (good,) = (tmp_path / "home" / "batches").glob("*/import-*")
    (good / "label.json").unlink()
    broken = good.with_name("import-00000000")
    broken.mkdir()
    (broken / "items.jsonl").write_text("{\n", "utf8")
    (broken / "extract.json").write_text((good / "extract.json").read_text("utf8"), "utf8")
    assert good.name in run("label", status=1).replace("\n", "")
    assert (good / "label.json").exists()
    assert not (broken / "label.json").exists()
