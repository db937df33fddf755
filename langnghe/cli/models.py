"""Models: their card, their figures, their training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from langnghe.cli.console import fail, out, table

app = typer.Typer()


@app.command()
def models() -> None:
    """In thẻ mô hình: dữ liệu, điều khoản, số đo, điểm yếu."""
    from nlp.annotate import model_card

    typer.echo(json.dumps(model_card(), ensure_ascii=False, indent=1))


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="TỆP.jsonl|.xz")],
    head: Annotated[str, typer.Option(help="sentiment, target, toxic, topics, valence, stance, province.")],
    without_accents: Annotated[bool, typer.Option(help="Bỏ hết dấu trước khi gán nhãn.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="In JSON.")] = False,
) -> None:
    """Chấm điểm mô hình trên một tệp đã gán nhãn tay.

    Ví dụ: langnghe evaluate --head sentiment comments.jsonl.xz
    """
    from nlp.evaluate import evaluate as measure

    try:
        found = measure(head, file, without_accents=without_accents)
    except (ValueError, KeyError) as error:
        fail(f"không chấm được {file}: {error}")
    if as_json:
        typer.echo(found.model_dump_json())
        return
    shown = (("đúng", found.accuracy), ("macro-F1", found.macro_f1))
    said = "; ".join(f"{name} {score.value:.3f} [{score.low:.3f}–{score.high:.3f}]" for name, score in shown)
    out.print(f"{found.texts} văn bản; {said}")
    rows = [
        (name, each.texts, f"{each.precision:.3f}", f"{each.recall:.3f}", f"{each.f1:.3f}")
        for name, each in found.classes.items()
    ]
    table(head, ("Nhãn", "Văn bản", "Chính xác", "Bao phủ", "F1"), rows)


@app.command()
def train() -> None:
    """Huấn luyện lại bậc tuyến tính trên dữ liệu ở LANGNGHE_DATA và ghi mô hình vào gói."""
    import nlp
    from nlp.corpora import DataMissingError, data_folder
    from nlp.train import report
    from nlp.train import train as fit

    try:
        measured = fit(data_folder(), Path(nlp.__file__).parent / "models")
    except DataMissingError as error:
        fail(str(error))
    typer.echo(report(measured))
