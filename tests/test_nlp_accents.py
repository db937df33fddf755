from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlp.accents import START, Syllables, lacks_accents, load, pack, restored, unpack
from nlp.annotate import annotate
from nlp.corpora import Example
from nlp.fit_accents import fit, right
from nlp.keywords import keywords
from nlp.labels import Text
from nlp.linear import as_read
from nlp.tasks import tasks
from nlp.text import strip_accents

WRITTEN = [
    "Ủy ban nhân dân tỉnh chỉ đạo khắc phục hậu quả mưa lũ.",
    "Nước sinh hoạt đục ngầu, gọi công ty cấp nước không ai trả lời!",
    "Rác thải chất đống, bốc mùi hôi thối cả khu phố",
    "CẢM ƠN CÁC ANH CÔNG AN PHƯỜNG",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_accents_come_back_with_their_capitals(text: str) -> None:
    assert restored(strip_accents(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        *WRITTEN,
        "",
        "😀 !!! 123 ... https://example.vn/a?b=1",
        "Samsung Facebook Twitter",
        "İstanbul ﬁn ß 一二三",
        "Quán cà phê",
        "The government can do this now, he said to us.",
        "no way, he is so good",
        "hay",
        "Hay!",
        "https://tuoitre.vn/nguoi-dan-keu-cuu-2023.htm nguyen.van.an@tinh.vn",
        "Tuyệt vời con" + " ❤" * 20,
        "x,-." * 50_000,
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert restored(text) == text


def test_a_name_typed_with_accents_does_not_stop_the_rest() -> None:
    bare = (
        strip_accents("Mất nước ba ngày rồi mà không ai trả lời, không thấy ai xuống xem, cảm ơn anh ")
        + "Đức"
    )
    assert (
        restored(bare) == "Mất nước ba ngày rồi mà không ai trả lời, không thấy ai xuống xem, cảm ơn anh Đức"
    )


def test_every_letter_keeps_its_place() -> None:
    text = strip_accents("Ông Nguyễn Văn A ở phường 3: “Chờ mãi… chưa thấy gì”\n\nHÔM NAY mới có nước?") * 20
    back = restored(text)
    assert len(back) == len(text)
    assert strip_accents(back) == text


def test_the_models_read_what_is_meant() -> None:
    assert as_read("Nuoc sach", "Ko ai tra loi nguoi dan", news=False) == (
        "Nước sạch",
        "không ai trả lời người dân",
    )
    assert "nước sạch" in keywords("", "Nuoc sach o day ban lam, nuoc sach gi ma duc ngau")


def test_a_name_is_told_as_it_was_written() -> None:
    text = strip_accents(
        "Sáng nay, Ủy ban nhân dân tỉnh Lâm Đồng họp báo. Ông Trần Văn Hiệp, Chủ tịch UBND tỉnh, chủ trì."
    )
    (labels,) = annotate([Text(kind="article", text=text)], "linear", ("places", "entities"))
    assert labels.places
    assert labels.entities
    assert {"Lam Dong", "Uy ban nhan dan tinh Lam Dong", "Tran Van Hiep"} <= {
        found.written for found in (*labels.places, *labels.entities)
    }
    for found in (*labels.places, *labels.entities):
        assert text[found.start :].startswith(found.written)


@pytest.fixture(scope="module")
def small() -> Syllables:
    return fit(["nước đục quá. nước đúc gang"] * 3 + ["nước đục ngầu; đường đúc bằng đá. ok nước đục"] * 9)


def test_a_word_is_read_by_the_words_before_it(small: Syllables) -> None:
    def read(phrase: str) -> list[str]:
        row = small.likeliest([small.spelled(word) for word in phrase.split()])
        return [small.forms[id_] for id_ in row]

    assert read("nuoc duc ngau") == ["nước", "đục", "ngầu"]
    assert read("duong duc bang") == ["đường", "đúc", "bằng"]
    assert read("duong đục") == ["đường", "đục"]
    assert read("xyz nuoc") == ["", "nước"]


@pytest.mark.parametrize("model", ["small", "packaged"])
def test_what_may_follow_two_syllables_adds_up_to_one(model: str, small: Syllables) -> None:
    chosen = small if model == "small" else load()
    every = np.arange(len(chosen.forms))
    for first, second in ((START, START), (START, 2), (2, 3), (3, 2), (2, 2)):
        total = chosen.after(np.array([first]), np.array([second]), every).sum()
        assert total == pytest.approx(1, abs=1e-5 if model == "small" else 0.03)


def test_a_packed_model_comes_back(small: Syllables) -> None:
    back = unpack(pack(small))
    assert back.forms == small.forms
    assert back.pairs.keys.tolist() == small.pairs.keys.tolist()
    assert back.triples.keys.tolist() == small.triples.keys.tolist()
    for ours, theirs in ((back.single, small.single), (back.pairs.probabilities, small.pairs.probabilities)):
        assert np.allclose(ours, theirs, rtol=0.04)
    for ours, theirs in ((back.after_one, small.after_one), (back.after_two, small.after_two)):
        assert np.allclose(ours, theirs, rtol=0.04)


@pytest.fixture(scope="module")
def held_out(folder: Path) -> list[Example]:
    return [each for task in tasks(folder) for each in task.held_out if isinstance(each, Example)]


@pytest.mark.data
@pytest.mark.parametrize(("part", "floor"), [("news", 0.91), ("facebook", 0.82), ("2017-local", 0.96)])
def test_accents_come_back_in_texts_that_were_not_counted(
    part: str, floor: float, held_out: list[Example]
) -> None:
    texts = [each.text for each in held_out if each.part == part and not lacks_accents(each.text)]
    assert right(texts[::3]) > floor
