from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from nlp.annotate import TIERS, model_card
from nlp.evaluate import BelowFloorError, recorded
from nlp.labels import Tier
from nlp.linear import load, unpack
from nlp.release import linear_files, released_card, write


@pytest.mark.parametrize("tier", TIERS)
def test_the_packaged_card_could_be_released_again(tier: Tier) -> None:
    card = model_card(tier)
    assert released_card(tier, recorded(card["validation"])) == card


def test_a_model_below_its_floors_is_not_released() -> None:
    with pytest.raises(BelowFloorError, match="sentiment/news: not measured"):
        released_card("linear", {})


def test_a_linear_model_comes_back_from_its_files(tmp_path: Path) -> None:
    model = load("linear-1")
    write(tmp_path, "again", linear_files(model))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.json", "again.npz"]
    arrays = np.load(io.BytesIO((tmp_path / "again.npz").read_bytes()), allow_pickle=False)
    back = unpack(arrays, json.loads((tmp_path / "again.json").read_text("utf-8")))
    for name, space in model.spaces.items():
        assert back.spaces[name].heads == space.heads
        assert np.allclose(back.spaces[name].weights, space.weights)
