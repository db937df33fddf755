"""Models: their card, their figures, their training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from langnghe.cli.console import err, fail, out, table
from nlp.labels import TIER, Tier

if TYPE_CHECKING:
    from nlp.evaluate import Figures, NameFigures, Score

app = typer.Typer()

TierOption = Annotated[Tier, typer.Option(help="Bậc mô hình.")]


@app.command()
def models(
    tier: TierOption = TIER, as_json: Annotated[bool, typer.Option("--json", help="In JSON.")] = False
) -> None:
    """In thẻ mô hình: dữ liệu, điều khoản, số đo, điểm yếu.

    Ví dụ:
      langnghe models
      langnghe models --tier linear --json
    """
    from nlp.annotate import model_card
    from nlp.evaluate import recorded

    card = model_card(tier)
    if as_json:
        typer.echo(json.dumps(card, ensure_ascii=False, indent=1))
        return
    _paragraphs(f"{card['name']} ({card['version']})", card["purpose"], card["made_of"])
    source = "• {name} ({heads}; {texts} văn bản): {origin}. {terms}."
    _paragraphs("Dữ liệu và điều khoản", "\n".join(source.format(**each) for each in card["data"]))
    _summary(recorded(card["validation"]))
    _paragraphs("", card["splits"])
    _paragraphs("Điểm yếu đã biết", "\n".join(f"• {failure}" for failure in card["known_failures"]))


def _paragraphs(heading: str, *texts: str) -> None:
    out.print(heading, style="bold", highlight=False, markup=False)
    for text in texts:
        out.print(text + "\n", highlight=False, markup=False)


def _summary(measured: Mapping[str, Figures | NameFigures]) -> None:
    """A line a head and part; what is left of it without accents stands beside it."""
    from nlp.evaluate import WITHOUT_ACCENTS

    rows = []
    for name, found in measured.items():
        if name.endswith(WITHOUT_ACCENTS):
            continue
        plain = measured.get(name + WITHOUT_ACCENTS)
        figure = "f1" if hasattr(found, "f1") else "macro_f1"
        scores = (getattr(found, "accuracy", None), getattr(found, figure), getattr(plain, figure, None))
        rows.append((name, found.texts, *map(_interval, scores)))
    columns = ("Nhãn/phần", "Văn bản", "Đúng", "F1", "F1 không dấu")
    table("Số đo (F1: trung bình các lớp; ±: nửa khoảng tin cậy 95 %)", columns, rows)


def _interval(score: Score | None) -> str:
    return f"{score.value:.3f} ±{(score.high - score.low) / 2:.3f}" if score else ""


@app.command()
def evaluate(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, metavar="[TỆP.jsonl|.conll|.xz]")
    ] = None,
    head: Annotated[str, typer.Option(help="sentiment, target, toxic, topics, valence, stance, …")] = "",
    tier: TierOption = TIER,
    without_accents: Annotated[bool, typer.Option(help="Bỏ hết dấu trước khi gán nhãn.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="In JSON.")] = False,
) -> None:
    """Chấm điểm mô hình trên một tệp đã gán nhãn tay; không có tệp: trên phần dữ liệu để dành.

    Ví dụ:
      langnghe evaluate --head sentiment comments.jsonl.xz
      LANGNGHE_DATA=../shared/data langnghe evaluate
    """
    from nlp.evaluate import evaluate as measure

    if file is None and (head or without_accents):
        fail("--head và --without-accents cần một tệp")
    if file is None:
        _evaluate_all(tier, as_json=as_json)
        return
    try:
        found = measure(head, file, tier, without_accents=without_accents)
    except (ValueError, KeyError) as error:
        fail(f"không chấm được {file}: {error}")
    if as_json:
        typer.echo(found.model_dump_json())
        return
    out.print(f"{found.texts} văn bản; {_said(found)}")
    _classes(head, found)


def _evaluate_all(tier: Tier, *, as_json: bool) -> None:
    from nlp.corpora import DataMissingError
    from nlp.evaluate import below_floors, pinned
    from nlp.validation import held_out

    try:
        with err.status("đang chấm trên phần để dành…"):
            measured = held_out(tier)
    except DataMissingError as error:
        err.print(f"bỏ qua: {error}")
        return
    if as_json:
        typer.echo(json.dumps({name: found.model_dump() for name, found in measured.items()}))
    else:
        _figures(measured)
    if broken := below_floors(measured, pinned(tier)):
        fail("dưới sàn:\n  " + "\n  ".join(broken))


def _figures(measured: Mapping[str, Figures | NameFigures]) -> None:
    from nlp.evaluate import WITHOUT_ACCENTS

    for name, found in measured.items():
        out.print(f"[bold]{name}[/]: {found.texts} văn bản; {_said(found)}", highlight=False)
        if not name.endswith(WITHOUT_ACCENTS):
            _classes(name, found)


def _said(found: Figures | NameFigures) -> str:
    shown = {"accuracy": "đúng", "macro_f1": "macro-F1", "weighted_f1": "F1 theo trọng số", "f1": "F1"}
    scores = {name: getattr(found, field) for field, name in shown.items() if hasattr(found, field)}
    return "; ".join(
        f"{name} {score.value:.3f} [{score.low:.3f}–{score.high:.3f}]" for name, score in scores.items()
    )


def _classes(title: str, found: Figures | NameFigures) -> None:
    rows = [
        (name, each.texts, f"{each.precision:.3f}", f"{each.recall:.3f}", f"{each.f1:.3f}")
        for name, each in found.classes.items()
    ]
    table(title, ("Nhãn", "Văn bản", "Chính xác", "Bao phủ", "F1"), rows)


@app.command()
def train(
    tier: TierOption = "linear",
    work: Annotated[Path, typer.Option(help="Nơi để điểm dừng; chạy lại là học tiếp.")] = Path("var/train"),
) -> None:
    """Huấn luyện lại trên dữ liệu ở LANGNGHE_DATA và ghi mô hình vào gói; bậc encoder cần vài giờ.

    Ví dụ:
      .venv/bin/pip install -r requirements/train.txt
      LANGNGHE_DATA=../shared/data langnghe train --tier encoder
    """
    import nlp
    from nlp.corpora import DataMissingError, data_folder
    from nlp.evaluate import BelowFloorError

    target = Path(nlp.__file__).parent / "models"
    try:
        folder = data_folder()
        if tier != "encoder":
            from nlp.train import train as fit

            _figures(fit(folder, target))
        else:
            from nlp.training.encoder import train as learn
            from nlp.training.learn import CheckpointError

            try:
                _figures(learn(folder, work, target))
            except CheckpointError as error:
                fail(str(error))
    except DataMissingError as error:
        fail(str(error))
    except ModuleNotFoundError as error:
        fail(f"{error}: pip install -r requirements/train.txt")
    except BelowFloorError as error:
        fail(f"không ghi mô hình, vì kém hơn sàn đã hứa:\n{error}")
