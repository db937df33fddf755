"""One configuration: `langnghe.toml`, overridden by environment variables `LANGNGHE_…`; secrets by either."""

from __future__ import annotations

import os
from datetime import timedelta, timezone
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from nlp.labels import TIER, Tier

VIETNAM = timezone(timedelta(hours=7), "+07")
"""Asia/Ho_Chi_Minh; it has had no other offset since 1975."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CrawlSettings(_Section):
    """How the crawler introduces itself and when it stops."""

    contact: str = ""
    """E-mail or page where a site's owner reaches the operator; part of the user agent."""
    proxy: str = ""
    """Forward proxy for every request, `http://127.0.0.1:8800`."""
    max_pages: int = Field(200, ge=1)
    """Pages a source and run, unless its file says otherwise."""
    max_seconds: int = Field(600, ge=5)
    workers: int = Field(4, ge=1)
    """Sources crawled at the same time; always one request at a time per host."""


class IndexSettings(_Section):
    """Which engine holds the documents."""

    engine: Literal["embedded", "elastic"] = "embedded"
    url: str = "http://127.0.0.1:9200"
    user: str = ""
    password: SecretStr = SecretStr("")
    api_key: SecretStr = SecretStr("")
    ca_certs: Path | None = None
    prefix: str = ""
    """Goes before every index and alias name, so that two installations can share a cluster."""


class MailSettings(_Section):
    """The SMTP server and who gets the digest. No recipients: the digest is written and not sent."""

    host: str = ""
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_certs: Path | None = None
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = ""
    recipients: list[str] = []


class WebSettings(_Section):
    """The dashboard. Bound elsewhere than to loopback it wants a user and a password."""

    host: str = "127.0.0.1"
    port: int = 8080
    user: str = ""
    password: SecretStr = SecretStr("")


class KibanaSettings(_Section):
    """Where `langnghe kibana import` sends the saved objects."""

    url: str = "http://127.0.0.1:5601"
    user: str = ""
    password: SecretStr = SecretStr("")
    api_key: SecretStr = SecretStr("")
    ca_certs: Path | None = None


class LabelSettings(_Section):
    """How what is read gets its labels."""

    tier: Tier = TIER
    """`linear` is thirty times as fast and errs more often: for years of history, or a very small machine."""


class Settings(BaseSettings):
    """All settings; `LANGNGHE_MAIL__HOST=…` overrides `[mail] host`."""

    model_config = SettingsConfigDict(env_prefix="LANGNGHE_", env_nested_delimiter="__", extra="forbid")

    home: Path = Path("var")
    """Where all data of this installation lives."""
    province: str = ""
    """Current name of the province that listens, `Đà Nẵng`; empty: the whole country."""
    collection: Literal["live", "demo"] = "live"
    """Which sources of the catalogue belong to this installation."""
    sources: list[Path] = []
    """Folders with further source files, beside the ones that come with the package."""
    crawl: CrawlSettings = CrawlSettings()
    index: IndexSettings = IndexSettings()
    mail: MailSettings = MailSettings()
    web: WebSettings = WebSettings()
    kibana: KibanaSettings = KibanaSettings()
    labels: LabelSettings = LabelSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments before environment before file."""
        file = Path(os.environ.get("LANGNGHE_CONFIG", "langnghe.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)
