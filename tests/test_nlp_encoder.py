from __future__ import annotations

import numpy as np
import pytest

from nlp.annotate import TIERS
from nlp.encoder import load, mixed
from nlp.features import Grams
from nlp.linear import Block, Head, Model, Pair, Space, vocabulary


def _sure_of(label: str) -> Model:
    """A linear model that knows no n-gram and says `label` of every text."""
    labels = ("neg", "neu", "pos")
    nothing = vocabulary(np.zeros(0, np.uint32), np.zeros(0, np.float32))
    bias = np.array([20.0 if each == label else 0.0 for each in labels], np.float32)
    weights = np.zeros((0, len(labels)), np.float32)
    head, block = Head("sentiment", labels), Block("text", Grams(words=1))
    return Model({"people": Space((block,), (nothing,), (head,), weights, bias)}, {})


@pytest.mark.parametrize(("shares", "label"), [({}, "neg"), ({"sentiment": 1.0}, "pos")])
def test_the_companion_has_a_say_where_it_has_a_share(shares: dict[str, float], label: str) -> None:
    model = load(TIERS["encoder"])._replace(companion=_sure_of("pos"), shares=shares)
    (reading,) = model.read([Pair("", "Quá tệ, làm ăn chậm chạp, dân bức xúc")], ["sentiment", "toxic"])
    assert model.heads["sentiment"][reading.probabilities["sentiment"].argmax()] == label
    assert reading.probabilities.keys() == {"sentiment", "toxic"}


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_mixture_lies_between_what_is_mixed(share: float) -> None:
    own, other = np.array([0.8, 0.2, 0.0], np.float32), np.array([0.1, 0.9, 0.0], np.float32)
    both = mixed(own, other, share)
    assert both.sum() == pytest.approx(1)
    assert 0.1 - 1e-4 <= both[0] <= 0.8 + 1e-4
    assert both[0] / both[1] == pytest.approx(4 ** (1 - share) * (1 / 9) ** share, rel=1e-3)
