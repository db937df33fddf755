"""Is today's count higher than the days before explain? A test for daily counts that are bursty and small.

Daily counts are taken as negative binomial: a Poisson rate that itself varies from day to day with squared
coefficient of variation `dispersion`. Given the total of a day and its n baseline days, the day's share of it
is then beta-binomial(1/dispersion, n/dispersion); with no dispersion this is the conditional binomial test of
two Poisson rates (Przyborowski & Wilenski 1940), with dispersion the exact test of Robinson & Smyth (2008).
Many cells are judged at once under one false discovery rate (Benjamini & Hochberg 1995).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom, false_discovery_control

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

FEWEST_DAYS = 3
"""With fewer baseline days nothing is tested."""
FEWEST = 5
"""Documents of a day and its baseline together below which a cell is not tested."""

_FLAT, _WILD = 0.05, 2.0
# Weighs like so many days against a cell's own days, which are too few to tell its dispersion.
_SHARED_DAYS = 10


def dispersions(before: Counts) -> Floats:
    """The dispersion of each cell (row) from its baseline days (columns), drawn towards that of all cells."""
    days = before.shape[1]
    mean, variance = before.mean(axis=1), before.var(axis=1, ddof=1)
    excess = variance - mean
    squares = float((mean**2).sum())
    shared = float(np.clip(excess.sum() / squares, _FLAT, _WILD)) if squares else _FLAT
    own = np.divide(excess, mean**2, out=np.full(len(mean), shared), where=mean >= 1).clip(0, _WILD)
    drawn: Floats = ((days - 1) * own + _SHARED_DAYS * shared) / (days - 1 + _SHARED_DAYS)
    return drawn.clip(_FLAT, _WILD)


def p_values(today: Counts, before: Counts, dispersion: Floats) -> Floats:
    """One-sided: how often a day with the baseline's rate brings as much as today or more; a value a cell."""
    days, shape = before.shape[1], 1 / dispersion
    return np.asarray(betabinom.sf(today - 1, today + before.sum(axis=1), shape, days * shape))


def share_p_values(today: Counts, before: Counts, times: float) -> Floats:
    """The same for shares of a whole, where the baseline's whole is `times` that of the day."""
    return np.asarray(betabinom.sf(today - 1, today + before, 1 / _FLAT, times / _FLAT))


def q_values(p: Sequence[float]) -> list[float]:
    """The false discovery rate at which each would be called a rise (Benjamini-Hochberg)."""
    return [float(q) for q in false_discovery_control(p)] if p else []
