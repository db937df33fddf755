"""The page's pictures: PNG at twice their size, without ground, in tones that read on light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO
from math import ceil
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from langnghe.digest.records import Volume

_COLOURS = ("#2f8397", "#d9a441", "#b9604a")
_GROUND = "#7c8f94"
_RISE = "#b9604a"
_DPI = 250
_STYLE: dict[Any, Any] = {"font.family": "DejaVu Sans", "font.size": 9, "axes.linewidth": 0.6}


def volume(parts: Sequence[Volume], day: date) -> bytes:
    """Documents a day as stacked columns of up to three parts, the last column for `day`."""
    with rc_context(_STYLE):
        figure = Figure(figsize=(4.6, 2.0), layout="constrained")
        axes = figure.add_subplot()
        length = max(len(part.series) for part in parts)
        below = [0] * length
        for part, colour in zip(parts, _COLOURS, strict=False):
            counts = part.series or (0,) * length
            axes.bar(range(length), counts, 0.66, bottom=below, color=colour, label=part.name)
            below = [low + count for low, count in zip(below, counts, strict=True)]
        _axes(axes, length, day)
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=3, frameon=False, labelcolor=_GROUND,
            handlelength=0.9, handleheight=0.9, columnspacing=1.4, handletextpad=0.5, borderpad=0.1,
        )  # fmt: skip
        return _png(figure)


def spark(series: Sequence[int]) -> bytes:
    """A few days' counts as small columns, the last one in colour."""
    with rc_context(_STYLE):
        figure = Figure(figsize=(1.1, 0.34))
        axes = figure.add_axes((0, 0.02, 1, 0.96))
        colours = [_GROUND] * (len(series) - 1) + [_RISE]
        axes.bar(range(len(series)), series, 0.68, color=colours, alpha=0.9)
        axes.set_ylim(0, max(*series, 1))
        axes.set_axis_off()
        return _png(figure)


def _axes(axes: Axes, length: int, day: date) -> None:
    """Dates below, counted back from the day so that the day itself has one; whole numbers at the left."""
    every = ceil(length / 7)
    shown = [at for at in range(length) if (length - 1 - at) % every == 0]
    days = [day - timedelta(days=length - 1 - at) for at in shown]
    axes.set_xticks(shown, [f"{each.day}/{each.month}" for each in days])
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.tick_params(length=0, colors=_GROUND)
    axes.grid(axis="y", color=_GROUND, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_GROUND)


def _png(figure: Figure) -> bytes:
    out = BytesIO()
    figure.savefig(out, format="png", dpi=_DPI, transparent=True, metadata={"Software": None})
    return out.getvalue()
