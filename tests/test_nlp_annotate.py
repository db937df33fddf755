from __future__ import annotations

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.resources import files

import numpy as np
import pytest

from nlp.annotate import DETAILS, TIERS, annotate, model_card
from nlp.labels import SENTIMENTS, STANCES, TARGETS, TOPICS, VALENCES, Text
from nlp.linear import load, pack, unpack

ARTICLE = Text(
    kind="article",
    title="Bắt nhóm trộm xe máy ở Đà Nẵng",
    text="Công an thành phố Đà Nẵng bắt giữ ba đối tượng trộm cắp xe máy.",
)
COMMENT = Text(kind="comment", title="Mở tuyến xe buýt điện", text="Tuyệt vời, cảm ơn thành phố!")


tiers = pytest.mark.parametrize("tier", TIERS)


@tiers
def test_heads_follow_the_kind(tier: str) -> None:
    article, comment, post, ticket = annotate(
        [
            ARTICLE,
            COMMENT,
            COMMENT.model_copy(update={"kind": "post"}),
            COMMENT.model_copy(update={"kind": "ticket"}),
        ],
        tier,
    )
    assert article.valence
    assert article.stance
    assert article.sentiment is article.target is article.toxic is None
    for people in (comment, post, ticket):
        assert people.sentiment
        assert people.target
        assert people.toxic
        assert people.valence is people.stance is None
        assert people.topics
    assert article.topics[0].label == "security"
    assert article.provinces[0].name == "Đà Nẵng"
    assert comment.sentiment.label == "pos" if comment.sentiment else False


@tiers
def test_labels_come_from_the_sets_with_probabilities(tier: str) -> None:
    for labels in annotate([ARTICLE, COMMENT], tier):
        heads = [
            (labels.sentiment, SENTIMENTS),
            (labels.target, TARGETS),
            (labels.toxic, {"true": "", "false": ""}),
            (labels.valence, VALENCES),
            (labels.stance, STANCES),
            *((topic, TOPICS) for topic in labels.topics),
        ]
        for scored, known in heads:
            if scored:
                assert scored.label in known
                assert 0 <= scored.score <= 1
        assert labels.model == TIERS[tier]


@tiers
def test_a_batch_gives_what_single_texts_give(tier: str) -> None:
    texts = [ARTICLE, COMMENT, Text(kind="comment", text=""), Text(kind="article", title="…", text="!")] * 60
    assert annotate(texts, tier)[:4] == [annotate([text], tier)[0] for text in texts[:4]]
    assert annotate([], tier) == []


@tiers
def test_threads_share_the_model(tier: str) -> None:
    expected = annotate([ARTICLE, COMMENT], tier)
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(partial(annotate, tier=tier), [[ARTICLE, COMMENT]] * 16)
        assert all(labels == expected for labels in found)


@tiers
def test_unnormalised_texts_get_the_same_labels(tier: str) -> None:
    odd = ARTICLE.model_copy(update={"text": ARTICLE.text.replace("Đà", "Ða\u0300").replace(" ", "\u00a0")})
    assert annotate([odd], tier) == annotate([ARTICLE], tier)


def test_an_unknown_tier_is_an_error() -> None:
    with pytest.raises(ValueError, match="no tier 'deep'"):
        annotate([ARTICLE], tier="deep")


def test_an_unknown_detail_is_an_error() -> None:
    with pytest.raises(ValueError, match="no detail mood"):
        annotate([ARTICLE], details=["mood"])


def test_details_come_on_request_only() -> None:
    (plain,) = annotate([ARTICLE])
    assert plain.places is plain.entities is plain.vector is None
    (full,) = annotate([ARTICLE], details=DETAILS)
    assert full.places
    assert full.entities
    assert full.places[0].province == "Đà Nẵng"
    assert any(entity.kind == "body" and entity.province == "Đà Nẵng" for entity in full.entities)
    assert full.vector is not None
    assert annotate([ARTICLE], "linear", DETAILS)[0].vector is None


def test_people_and_organisations_are_named_where_they_stand() -> None:
    text = "Chiều qua, anh Nguyễn Văn Tám gửi đơn đến Công ty Cổ phần Sao Xanh. Bà Lê Thị Sáu cũng ký tên."
    (labels,) = annotate([Text(kind="article", title="Đơn của dân", text=text)], "encoder", ["entities"])
    assert labels.entities
    for entity in labels.entities:
        assert text[entity.start :].startswith(entity.written)
    assert {"Nguyễn Văn Tám", "Lê Thị Sáu"} <= {entity.written for entity in labels.entities}


def test_texts_of_one_story_have_near_vectors() -> None:
    stories = [
        ("Bão số 9 đổ bộ vào Khánh Hòa", "Bão gây mưa lớn, nhiều nhà tốc mái, học sinh được nghỉ học."),
        ("Khánh Hòa thiệt hại sau bão", "Cơn bão số 9 làm tốc mái hàng trăm ngôi nhà, cây đổ la liệt."),
        ("Giá vàng lập đỉnh mới", "Vàng miếng tăng thêm hai triệu đồng một lượng trong phiên sáng nay."),
    ]
    texts = [Text(kind="article", title=title, text=text) for title, text in stories]
    (labels,) = annotate(texts[:1], "encoder", ["vector"])
    assert np.linalg.norm(labels.vector or ()) == pytest.approx(1, abs=1e-3)
    first, same, other = (np.array(labels.vector) for labels in annotate(texts, "encoder", ["vector"]))
    assert first @ same > first @ other + 0.03


@tiers
def test_the_model_card_names_data_terms_and_figures(tier: str) -> None:
    card = model_card(tier)
    assert {"data", "splits", "validation", "known_failures", "purpose"} <= card.keys()
    assert all(source["terms"] for source in card["data"])


def test_packing_and_unpacking_keep_the_model() -> None:
    model, stream = load("linear-1"), io.BytesIO()
    facts = pack(model, stream)
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as arrays:
        again = unpack(arrays, facts)
    for name, space in model.spaces.items():
        assert np.allclose(space.weights, again.spaces[name].weights, atol=1e-3)
        assert space.heads == again.spaces[name].heads


def test_the_models_are_small_and_load_without_what_trained_them() -> None:
    size = sum(len(entry.read_bytes()) for entry in files("nlp").joinpath("models").iterdir())
    assert size < 40_000_000
    code = (
        "import sys; from nlp.annotate import annotate; from nlp.labels import Text;"
        "annotate([Text(kind='comment', text='hay')]); print({'sklearn', 'underthesea', 'torch'} & sys.modules.keys())"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
