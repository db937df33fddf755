from __future__ import annotations

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

import numpy as np
import pytest

from nlp.annotate import annotate, model_card
from nlp.labels import SENTIMENTS, STANCES, TARGETS, TOPICS, VALENCES, Text
from nlp.linear import load, pack, unpack

ARTICLE = Text(
    kind="article",
    title="Bắt nhóm trộm xe máy ở Đà Nẵng",
    text="Công an thành phố Đà Nẵng bắt giữ ba đối tượng trộm cắp xe máy.",
)
COMMENT = Text(kind="comment", title="Mở tuyến xe buýt điện", text="Tuyệt vời, cảm ơn thành phố!")


def test_heads_follow_the_kind() -> None:
    article, comment, post, ticket = annotate(
        [
            ARTICLE,
            COMMENT,
            COMMENT.model_copy(update={"kind": "post"}),
            COMMENT.model_copy(update={"kind": "ticket"}),
        ]
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


def test_labels_come_from_the_sets_with_probabilities() -> None:
    for labels in annotate([ARTICLE, COMMENT]):
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
        assert labels.model == "linear-1"


def test_a_batch_gives_what_single_texts_give() -> None:
    texts = [ARTICLE, COMMENT, Text(kind="comment", text=""), Text(kind="article", title="…", text="!")] * 60
    assert annotate(texts)[:4] == [annotate([text])[0] for text in texts[:4]]
    assert annotate([]) == []


def test_threads_share_the_model() -> None:
    expected = annotate([ARTICLE, COMMENT])
    with ThreadPoolExecutor(4) as pool:
        assert all(found == expected for found in pool.map(annotate, [[ARTICLE, COMMENT]] * 16))


def test_unnormalised_texts_get_the_same_labels() -> None:
    odd = ARTICLE.model_copy(update={"text": ARTICLE.text.replace("Đà", "Ða\u0300").replace(" ", "\u00a0")})
    assert annotate([odd]) == annotate([ARTICLE])


def test_an_unknown_tier_is_an_error() -> None:
    with pytest.raises(ValueError, match="no tier 'deep'"):
        annotate([ARTICLE], tier="deep")


def test_the_model_card_names_data_terms_and_figures() -> None:
    card = model_card()
    assert {"data", "splits", "validation", "known_failures", "for"} <= card.keys()
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


def test_the_model_is_small_and_loads_without_sklearn() -> None:
    size = sum(len(entry.read_bytes()) for entry in files("nlp").joinpath("models").iterdir())
    assert size < 10_000_000
    code = (
        "import sys; from nlp.annotate import annotate; from nlp.labels import Text;"
        "annotate([Text(kind='comment', text='hay')]); print('sklearn' in sys.modules, 'underthesea' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]
