"""Charts as inline SVG: classes instead of styles (the CSP forbids those), titles as tooltips.

Colours, fonts and dark mode come from the style sheet through the classes `s-<series key>`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup, escape

from langnghe.web.words import number

WIDTH, NARROW = 640, 330
"""Drawing units: about the pixels of a column on a desk and on a phone, so that letters keep their size."""


@dataclass(frozen=True)
class Part:
    """One series' share of a bar."""

    key: str
    """Gives the colour: `article`, `neg` …"""
    name: str
    value: int
    href: str = ""


@dataclass(frozen=True)
class Bar:
    """One day, topic or place."""

    label: str
    parts: tuple[Part, ...]
    title: str = ""
    """What the tooltip and the text alternative call it, when that is not the label."""

    @property
    def total(self) -> int:
        """All parts together."""
        return sum(part.value for part in self.parts)


def ticks(highest: float, most: int = 4) -> list[int]:
    """Round axis marks from 0 to at least `highest`, about `most` steps of 1, 2 or 5 times a power of ten."""
    if highest <= 0:
        return [0, 1]
    raw = highest / most
    power = 10 ** floor(log10(raw)) if raw >= 1 else 1
    step = next((m * power for m in (1, 2, 5, 10) if m * power >= raw), 10 * power)
    return [step * i for i in range(ceil(highest / step) + 1)]


def columns(bars: Sequence[Bar], label: str) -> Markup:
    """Stacked columns over days with a value axis; each part links to its documents; wide and narrow."""
    return _columns(bars, label, WIDTH, "wide-only") + _columns(bars, label, NARROW, "narrow-only")


def _columns(bars: Sequence[Bar], label: str, across: int, shown: str, height: int = 220) -> Markup:
    left, right, top, bottom = 36, 4, 10, 26
    marks = ticks(max((bar.total for bar in bars), default=0))
    plot = height - top - bottom
    slot = (across - left - right) / max(len(bars), 1)
    width = min(slot * 0.68, 46)

    def y(value: float) -> float:
        return top + plot * (1 - value / marks[-1])

    grid = [
        f'<line class="grid" x1="{left}" x2="{across - right}" y1="{y(m):.1f}" y2="{y(m):.1f}"/>'
        f'<text class="tick" x="{left - 8}" y="{y(m) + 4:.1f}" text-anchor="end">{number(m)}</text>'
        for m in marks
    ]
    drawn, every = [], ceil(len(bars) * 46 / across)
    for at, bar in enumerate(bars):
        middle = left + slot * (at + 0.5)
        drawn.append(_stack(bar, middle - width / 2, width, y))
        # Counted from the right: the newest day always has its date.
        if (len(bars) - 1 - at) % every == 0:
            at_foot = f'x="{middle:.1f}" y="{height - 8}" text-anchor="middle"'
            drawn.append(f'<text class="tick" {at_foot}>{escape(bar.label)}</text>')
    return _svg(f"columns {shown}", (across, height), label, "".join(grid + drawn))


def _stack(bar: Bar, x: float, width: float, y: Callable[[float], float]) -> str:
    drawn, below = [], 0
    for part in bar.parts:
        if not part.value:
            continue
        high, low = y(below + part.value), y(below)
        below += part.value
        rect = (
            f'<rect class="s-{part.key}" x="{x:.1f}" y="{high:.1f}" width="{width:.1f}" '
            f'height="{max(low - high, 1):.1f}"><title>{escape(_tip(bar, part))}</title></rect>'
        )
        drawn.append(_linked(rect, part, bar))
    return "".join(drawn)


def shares(bar: Bar, scale: int, height: int = 14) -> Markup:
    """One horizontal stacked bar; the whole width stands for `scale`."""
    x, drawn = 0.0, []
    for part in bar.parts:
        width = WIDTH * part.value / max(scale, 1)
        if part.value:
            rect = (
                f'<rect class="s-{part.key}" x="{x:.1f}" y="0" width="{max(width, 2):.1f}" height="{height}">'
                f"<title>{escape(_tip(bar, part))}</title></rect>"
            )
            drawn.append(_linked(rect, part, bar))
        x += width
    said = ", ".join(f"{part.name} {number(part.value)}" for part in bar.parts if part.value)
    label = f"{bar.title or bar.label}: {said or 'không có'}"
    return _svg("shares", (WIDTH, height), label, "".join(drawn), stretch=True)


def spark(values: Sequence[float], label: str, width: int = 120, height: int = 32) -> Markup:
    """A small line of a few days; the last day is a dot."""
    if not values:
        return Markup("")
    pad, highest = 4, max(*values, 1)
    step, tall = (width - 2 * pad) / max(len(values) - 1, 1), height - 2 * pad
    points = [(pad + step * at, height - pad - tall * value / highest) for at, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    area = f"{pad},{height - pad} {line} {points[-1][0]:.1f},{height - pad}"
    drawn = (
        f'<polygon class="area" points="{area}"/><polyline class="line" points="{line}"/>'
        f'<circle class="dot" cx="{points[-1][0]:.1f}" cy="{points[-1][1]:.1f}" r="2.6"/>'
    )
    return Markup(  # noqa: S704 - every text in it is escaped above
        f'<svg class="spark" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(label)}"><title>{escape(label)}</title>{drawn}</svg>'
    )


def _tip(bar: Bar, part: Part) -> str:
    return f"{bar.title or bar.label} · {part.name}: {number(part.value)}"


def _linked(shape: str, part: Part, bar: Bar) -> str:
    if not part.href:
        return shape
    return f'<a href="{escape(part.href)}" aria-label="{escape(_tip(bar, part))}" tabindex="-1">{shape}</a>'


def _svg(kind: str, size: tuple[int, int], label: str, inner: str, *, stretch: bool = False) -> Markup:
    ratio = ' preserveAspectRatio="none"' if stretch else ""
    return Markup(  # noqa: S704 - as above
        f'<svg class="chart {kind}" viewBox="0 0 {size[0]} {size[1]}"{ratio} role="img" '
        f'aria-label="{escape(label)}">{inner}</svg>'
    )
