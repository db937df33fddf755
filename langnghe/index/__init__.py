"""One search contract, two engines."""

from __future__ import annotations

from langnghe.config import Settings
from langnghe.index.contract import Index


def open_index(settings: Settings) -> Index:
    """The engine that the settings name; nothing is read or asked before the first use."""
    if settings.index.engine == "elastic":
        from langnghe.index.elastic import ElasticIndex  # noqa: PLC0415 - only the chosen engine is loaded

        return ElasticIndex(settings.index)
    from langnghe.index.embedded import EmbeddedIndex  # noqa: PLC0415

    return EmbeddedIndex(settings.home / "index")
