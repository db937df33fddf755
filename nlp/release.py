"""What every training ends with: its figures are judged, its card is made, its files are written."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from nlp.evaluate import BelowFloorError, Figures, NameFigures, below_floors, pinned
from nlp.labels import Tier
from nlp.linear import Model, pack


def released_card(tier: Tier, measured: Mapping[str, Figures | NameFigures]) -> dict[str, Any]:
    """The model card: its words (`data/TIER_card.json`) and the figures.

    Raises BelowFloorError when a figure is below its floor in `floors.json`.
    """
    if broken := below_floors(measured, pinned(tier)):
        raise BelowFloorError("\n".join(broken))
    words = json.loads(files("nlp").joinpath(f"data/{tier}_card.json").read_text("utf-8"))
    return {**words, "validation": {name: found.model_dump() for name, found in measured.items()}}


def linear_files(model: Model) -> dict[str, bytes]:
    """A linear model as its files, by their endings."""
    facts = pack(model, arrays := io.BytesIO())
    return {"npz": arrays.getvalue(), "json": as_json(facts)}


def as_json(facts: Mapping[str, Any]) -> bytes:
    """JSON as the packaged files have it."""
    return f"{json.dumps(facts, ensure_ascii=False, indent=1)}\n".encode()


def write(target: Path, version: str, contents: Mapping[str, bytes]) -> None:
    """Write the files of a model by their endings; none takes its place before all are written."""
    for ending, content in contents.items():
        (target / f"{version}.{ending}.new").write_bytes(content)
    for ending in contents:
        (target / f"{version}.{ending}.new").replace(target / f"{version}.{ending}")
