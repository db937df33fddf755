"""The training texts of the data folder (`LANGNGHE_DATA`); no text of it enters the project."""

from __future__ import annotations

import json
import lzma
import os
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from nlp.text import normalise, strip_accents

Row = Mapping[str, Any]

# What the saving page of one outlet left at the start of its texts.
_BOILERPLATE = "Lưu bài viết thành công Bạn có thể xem lại bài viết đã lưu ở trangTin bài đã lưu"


class Example(NamedTuple):
    """A text, normalised, with the label of each head it is labelled for."""

    title: str
    text: str
    labels: Mapping[str, str]
    part: str = ""
    """Where it comes from, for figures by origin."""
    second_topic: str = ""

    def stripped(self) -> Example:
        """The same as typed without accents."""
        return self._replace(title=strip_accents(self.title), text=strip_accents(self.text))


class DataMissingError(Exception):
    """The data folder is not there; the message says what to set."""


def data_folder() -> Path:
    """The folder that `LANGNGHE_DATA` names, `../shared/data` by default."""
    folder = Path(os.environ.get("LANGNGHE_DATA", "../shared/data"))
    if not (folder / "labelled").is_dir():
        raise DataMissingError(
            f"no training data in {folder}: set LANGNGHE_DATA to the folder that holds labelled/"
        )
    return folder


def read_rows(path: Path) -> Iterator[Row]:
    """The objects of a `.jsonl` or `.jsonl.xz` file."""
    with (
        lzma.open(path, "rt", encoding="utf-8")
        if path.suffix == ".xz"
        else path.open(encoding="utf-8") as lines
    ):
        for line in lines:
            yield json.loads(line)


def clean(text: str) -> str:
    """Normalised, without the boilerplate of saved pages."""
    return normalise(text.replace(_BOILERPLATE, " "))


def comments(folder: Path) -> list[Example]:
    """Reader and Facebook/YouTube comments: sentiment, target, toxic (`true`/`false`)."""
    return [
        Example(clean(row["title"]), clean(row["text"]), _comment_labels(row), row.get("platform", "news"))
        for name in ("comments_train", "social_train")
        for row in read_rows(folder / "labelled" / f"{name}.jsonl.xz")
    ]


def _comment_labels(row: Row) -> dict[str, str]:
    return {
        "sentiment": row["sentiment"],
        "target": row["target"],
        "toxic": "true" if row["toxic"] else "false",
    }


def articles(folder: Path) -> list[Example]:
    """Labelled articles: topics (the main one), valence, stance."""
    return [
        Example(
            clean(row["title"]),
            clean(row["text"]),
            {"topics": row["topic1"], "valence": row["valence"], "stance": row["stance"]},
            row["origin"],
            row["topic2"].strip("-"),
        )
        for row in read_rows(folder / "labelled" / "articles_train.jsonl.xz")
    ]


class Hinted(NamedTuple):
    """An article of which only the newspaper's section is known: its topic is one of a few, or any."""

    example: Example
    topics: tuple[str, ...]


_PER_SECTION = 300
_UNHINTED = 3000


def hinted(folder: Path) -> list[Hinted]:
    """Articles with a section as a hint (some 300 a section), and articles without any.

    Sections that say little about the topic are left out (`data/section_topics.json`).
    """
    known = {row["title"] for row in read_rows(folder / "labelled" / "articles_train.jsonl.xz")}
    sections = json.loads(files("nlp").joinpath("data/section_topics.json").read_text("utf-8"))
    topics = folder / "topics"
    found = _sections(topics / "vntc10_train.jsonl.xz", "topic", sections["vntc10"])
    found += _sections(topics / "tc201805_train.jsonl.xz", "topic", sections["tc201805"])
    found += _sections(topics / "dantri_titles_2026.jsonl.xz", "section", sections["dantri"])
    for name in ("baomoi_2017_10k", "news_2026_24h"):
        rows = [row for row in read_rows(folder / "news" / f"{name}.jsonl.xz") if row["title"] not in known]
        found += [Hinted(_article(row), ()) for row in rows[:_UNHINTED]]
    return found


def _sections(path: Path, field: str, hints: Mapping[str, list[str]]) -> list[Hinted]:
    rows: dict[str, list[Row]] = {section: [] for section in hints}
    for row in read_rows(path):
        if row[field] in rows:
            rows[row[field]].append(row)
    return [
        Hinted(_article(row), tuple(hints[section]))
        for section, members in rows.items()
        for row in members[:: max(1, len(members) // _PER_SECTION)]
    ]


def _article(row: Row) -> Example:
    title, _, text = (
        (row["title"], "", row.get("text", "")) if "title" in row else row["text"].partition("\n")
    )
    return Example(clean(title), clean(text), {})
