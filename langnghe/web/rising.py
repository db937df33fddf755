"""What is rising, as the overview shows it."""

from __future__ import annotations

from typing import Any


def rising(seen: Any) -> tuple[()]:
    """Placeholder."""
    return ()


def rising_words(seen: Any) -> tuple[()]:
    """Placeholder."""
    return ()
