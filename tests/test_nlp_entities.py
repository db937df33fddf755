from __future__ import annotations

import pytest

from nlp.annotate import TIERS, annotate
from nlp.entities import _sentences
from nlp.labels import Entity, Text


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Mưa lớn. Đường ngập!", ["Mưa lớn .", "Đường ngập !"]),
        ("Ở TP. Hồ Chí Minh, anh H. kể lại. Hết.", ["Ở TP . Hồ Chí Minh , anh H . kể lại .", "Hết ."]),
        ("TS. Nguyễn Văn Tám nói", ["TS . Nguyễn Văn Tám nói"]),
        ("Một dòng\nhai dòng", ["Một dòng", "hai dòng"]),
        ("trang bao.example.vn mở", ["trang bao.example.vn mở"]),
        ("", []),
        ("👍", ["👍"]),
    ],
)
def test_sentences_end_where_a_reader_would_say(text: str, sentences: list[str]) -> None:
    assert [" ".join(word[0] for word in words) for words in _sentences(text)] == sentences


def test_a_text_without_full_stops_is_read_in_parts() -> None:
    parts = list(_sentences("đẹp " * 500))
    assert sum(map(len, parts)) == 500
    assert max(map(len, parts)) <= 120


def _entities(text: str, title: str = "") -> tuple[Entity, ...]:
    (labels,) = annotate([Text(kind="article", title=title, text=text)], "encoder", ["entities"])
    assert labels.entities is not None
    return labels.entities


def test_a_place_is_no_person() -> None:
    text = "Tại TP. Hồ Chí Minh, mưa lớn làm nhiều tuyến đường ngập sâu."
    assert [entity.written for entity in _entities(text) if entity.kind == "person"] == []


def test_names_of_the_title_stand_before_the_text() -> None:
    title, text = "Ca sĩ Trần Thu Hà về quê", "Cô hát cho bà con nghe."
    for entity in _entities(text, title):
        assert f"{title}\n{text}"[entity.start + len(title) + 1 :].startswith(entity.written)
    assert any("Hà" in entity.written and entity.start < 0 for entity in _entities(text, title))


@pytest.mark.parametrize(
    "text", ["", " ", "!", "\u0301", "👍" * 400, "a" * 3000, "http://x.vn/" + "a/b-" * 600]
)
@pytest.mark.parametrize("kind", ["article", "comment"])
@pytest.mark.parametrize("tier", TIERS)
def test_odd_texts_are_labelled_too(tier: str, kind: str, text: str) -> None:
    odd = Text.model_validate({"kind": kind, "title": text, "text": text})
    (labels,) = annotate([odd], tier, ["entities", "places", "vector"])
    assert labels.topics
    assert labels.vector is None or len(labels.vector) == 384
