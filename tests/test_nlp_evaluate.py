from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from nlp.annotate import TIERS, annotate, model_card
from nlp.corpora import Example, articles, comments, read_rows
from nlp.encoder import load
from nlp.evaluate import (
    OWN_HEADS,
    Figures,
    NameFigures,
    below_floors,
    evaluate,
    figures,
    found_label,
    name_figures,
    pinned,
    recorded,
)
from nlp.fit import fit
from nlp.labels import Text
from nlp.linear import Pair
from nlp.tags import Name
from nlp.tasks import people
from nlp.train import ARTICLE, PEOPLE
from nlp.validation import validate

REGRESSION = Path(str(files("nlp").joinpath("data/regression.jsonl")))


def test_figures_count_hits_by_label() -> None:
    found = figures("sentiment", ["neg", "neg", "pos", "neu"], ["neg", "pos", "pos", "pos"])
    assert found.accuracy.value == 0.5
    assert found.classes["neg"].recall == 0.5
    assert found.classes["pos"].precision == pytest.approx(1 / 3, abs=1e-4)
    assert found.macro_f1.value == pytest.approx((2 / 3 + 1 / 2 + 0) / 3, abs=1e-4)
    assert found.macro_f1.low <= found.macro_f1.value <= found.macro_f1.high


def test_intervals_are_the_same_every_time() -> None:
    truth, guess = ["a", "b"] * 30, ["a", "a", "b", "b"] * 15
    assert figures("x", truth, guess) == figures("x", truth, guess)


def test_a_figure_below_its_floor_is_named() -> None:
    poor = {"sentiment/news": figures("sentiment", ["neg", "pos"], ["pos", "neg"])}
    assert below_floors(poor, {"sentiment/news": {"macro_f1": 0.6}}) == [
        "sentiment/news: macro_f1 0.000 < 0.6"
    ]
    assert below_floors(poor, {"sentiment/news": {"accuracy": 0.0}}) == []
    assert below_floors({}, {"target/news": {"accuracy": 0.1}}) == ["target/news: not measured"]


@pytest.mark.parametrize("tier", TIERS)
def test_the_shipped_model_keeps_the_floors(tier: str) -> None:
    measured = recorded(model_card(tier)["validation"])
    assert pinned(tier)
    assert below_floors(measured, pinned(tier)) == []


def test_names_count_when_kind_and_bounds_are_exact() -> None:
    true, found = [Name("PER", 0, 2), Name("LOC", 3, 4)], [Name("PER", 0, 2), Name("ORG", 3, 4)]
    figure = name_figures([(true, found), ([], [Name("PER", 1, 2)])])
    assert figure.f1.value == 0.4
    assert figure.classes["PER"].precision == 0.5
    assert figure.classes["LOC"].recall == 0
    assert "ORG" not in figure.classes


def test_a_floor_may_be_that_of_a_class() -> None:
    found = {"toxic/news": figures("toxic", ["true", "false"], ["false", "false"])}
    assert below_floors(found, {"toxic/news": {"true": 0.6}}) == ["toxic/news: true 0.000 < 0.6"]


def _sentences() -> list[ParameterSet]:
    """The frozen sentences; one that a tier is known to get wrong must stay wrong until its mark goes."""
    return [
        pytest.param(
            tier,
            row,
            id=f"{tier}: {row['kind']}: {row['text'][:40]}",
            marks=[pytest.mark.xfail(strict=True)] if tier in row.get("known_failures", "") else [],
        )
        for row in map(dict, read_rows(REGRESSION))
        for tier in TIERS
    ]


@pytest.mark.parametrize(("tier", "row"), _sentences())
def test_frozen_sentences_keep_their_labels(tier: str, row: dict[str, str]) -> None:
    (labels,) = annotate([Text(kind=row["kind"], title=row["title"], text=row["text"])], tier)
    heads = [head for head in OWN_HEADS if head in row]
    assert {head: found_label(head, labels) for head in heads} == {head: row[head] for head in heads}


def test_an_unknown_head_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no head 'mood'"):
        evaluate("mood", tmp_path / "x.jsonl")


def test_evaluate_scores_a_file(tmp_path: Path) -> None:
    rows = [
        {"title": "", "text": "Tuyệt vời, cảm ơn các bác sĩ", "sentiment": "pos", "toxic": 0},
        {"title": "", "text": "Quá tệ, làm việc chậm chạp, dân bức xúc", "sentiment": "neg", "toxic": 0},
    ]
    file = tmp_path / "texts.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert evaluate("sentiment", file).accuracy.value == 1.0
    assert evaluate("sentiment", file, without_accents=True).texts == 2
    assert evaluate("toxic", file).accuracy.value == 1.0


def test_evaluate_scores_public_sets_and_names(tmp_path: Path) -> None:
    rows = [
        {"text": "thầy giảng rất dễ hiểu và nhiệt tình .", "sentiment": "pos", "topic": "lecturer"},
        {"text": "phòng học quá nóng và chật chội .", "sentiment": "neg", "topic": "facility"},
    ]
    feedback = tmp_path / "vsfc.jsonl"
    feedback.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(ValueError, match="only the encoder has the head 'vsfc'"):
        evaluate("vsfc", feedback, "linear")
    found = evaluate("vsfc", feedback, "encoder")
    assert isinstance(found, Figures)
    assert found.accuracy.value == 1.0
    sentences = tmp_path / "names.conll"
    words = [
        ("Ông", "O"),
        ("Trần_Văn", "B-PER"),
        ("Bình", "I-PER"),
        ("ở", "O"),
        ("Đà_Nẵng", "B-LOC"),
        (".", "O"),
    ]
    sentences.write_text("".join(f"{word}\tN\tNP\t{tag}\n" for word, tag in words), encoding="utf-8")
    named = evaluate("ner", sentences, "encoder")
    assert isinstance(named, NameFigures)
    assert named.f1.value == 1.0
    assert set(named.classes) == {"PER", "LOC"}


@pytest.mark.data
def test_a_fold_trained_now_is_as_good_as_pinned(folder: Path) -> None:
    floors = json.loads(files("nlp").joinpath("floors.json").read_text("utf-8"))["fold"]
    for recipe, examples in ((ARTICLE, articles(folder)), (PEOPLE, comments(folder)[:3000])):
        held_out, train = examples[::5], [example for row, example in enumerate(examples) if row % 5]
        space = fit(recipe._replace(kept=20_000, seen=5), train)
        pairs = [Pair(example.title, example.text) for example in held_out]
        for head, labels, probabilities in space.predict(pairs):
            truth = [example.labels[head] for example in held_out]
            found = figures(head, truth, [labels[best] for best in probabilities.argmax(axis=1)])
            assert found.accuracy.value >= floors[head], head


@pytest.mark.data
@pytest.mark.parametrize("head", OWN_HEADS)
def test_every_head_scores_the_labelled_files(head: str, folder: Path) -> None:
    name = "comments_train" if head in ("sentiment", "target", "toxic") else "articles_train"
    found = evaluate(head, folder / "labelled" / f"{name}.jsonl.xz", "linear")
    assert found.accuracy.value > 0.75, "the packaged model does not know its own training texts"


@pytest.mark.data
def test_the_released_encoder_is_as_good_as_its_card_says(folder: Path) -> None:
    task = people(folder)
    news = [each for each in task.held_out if isinstance(each, Example) and each.part == "news"]
    measured = validate(load(TIERS["encoder"]), [task._replace(held_out=news)])
    said = recorded(model_card("encoder")["validation"])
    for name in ("sentiment/news", "target/news", "sentiment/news/without_accents"):
        found, promised = measured[name], said[name]
        assert isinstance(found, Figures)
        assert isinstance(promised, Figures)
        assert found.accuracy.value == pytest.approx(promised.accuracy.value, abs=0.01), name
