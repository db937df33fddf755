"""What requests share: the open index, and the catalogue's sources."""

from __future__ import annotations

import time
from collections.abc import Mapping

from fastapi import Request

from crawlers.catalogue import CatalogueError, Source, load_sources
from langnghe.config import Settings
from langnghe.index import open_index
from langnghe.index.contract import Index
from langnghe.log import logger

_SECONDS = 60


def index_of(request: Request) -> Index:
    """The index, opened at the first request; the engine reports what is missing when it is asked."""
    state = request.app.state
    if state.index is None:
        state.index = open_index(state.settings)
    index: Index = state.index
    return index


def catalogue_of(request: Request) -> Mapping[str, Source]:
    """The sources of this installation, read anew every minute; none when they are broken."""
    state = request.app.state
    if state.catalogue is None or time.monotonic() - state.catalogue[0] > _SECONDS:
        state.catalogue = time.monotonic(), _catalogue(state.settings)
    sources: Mapping[str, Source] = state.catalogue[1]
    return sources


def names_of(request: Request) -> dict[str, str]:
    """Slug → name of every source."""
    return {slug: source.name for slug, source in catalogue_of(request).items()}


def _catalogue(settings: Settings) -> Mapping[str, Source]:
    try:
        return load_sources(settings.sources, settings.collection)
    except CatalogueError as error:
        logger().error("catalogue unreadable", error=str(error))
        return {}
