"""An installation as the stages see it: its settings, its sources, its folders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from crawlers.catalogue import Source, load_sources
from crawlers.extract import generic_source
from crawlers.pages import Page
from langnghe.config import Settings


@dataclass(frozen=True)
class Workspace:
    """Everything that a stage needs beside its batch."""

    settings: Settings

    @cached_property
    def sources(self) -> dict[str, Source]:
        """The sources of the installation's collection, by slug."""
        return load_sources(self.settings.sources, self.settings.collection)

    @cached_property
    def by_host(self) -> dict[str, Source]:
        """Every source of the catalogue by the host of its home."""
        return {_host(source.home): source for source in load_sources(self.settings.sources).values()}

    @property
    def batches(self) -> Path:
        """The folder of all batches."""
        return self.settings.home / "batches"

    def reports(self, day: date) -> Path:
        """The folder of a day's trends and digest."""
        return self.settings.home / "reports" / day.isoformat()

    @property
    def state(self) -> str:
        """The SQLAlchemy address of the small state."""
        self.settings.home.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{(self.settings.home / 'state.sqlite').absolute()}"

    def source_of(self, page: Page) -> Source:
        """The source that a page is read by: its own, its host's, or one that knows nothing."""
        known = self.sources.get(page.source) or self.by_host.get(_host(page.url))
        return known or generic_source(page.url)

    def home_province(self, slug: str) -> str:
        """The province whose places a source means when it names no other."""
        source = self.sources.get(slug)
        return (source.province if source else "") or self.settings.province


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower().removeprefix("www.")
