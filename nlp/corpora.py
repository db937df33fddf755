"""The training texts of the data folder (`LANGNGHE_DATA`); no text of it enters the project."""

from __future__ import annotations

import hashlib
import json
import lzma
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from nlp.linear import Pair, as_read
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

    def as_read(self, *, news: bool) -> Pair:
        """What the models read of it."""
        return as_read(self.title, self.text, news=news)


class DataMissingError(Exception):
    """The data folder is not there or not whole; the message says what is missing."""


def data_folder() -> Path:
    """The folder that `LANGNGHE_DATA` names, `../shared/data` by default."""
    folder = Path(os.environ.get("LANGNGHE_DATA", "../shared/data"))
    if not (folder / "labelled").is_dir():
        raise DataMissingError(
            f"no training data in {folder}: set LANGNGHE_DATA to the folder that holds labelled/"
        )
    return folder


def open_text(path: Path) -> TextIO:
    """Open a text file, packed with xz or not."""
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def read_rows(path: Path) -> Iterator[Row]:
    """The objects of a `.jsonl` or `.jsonl.xz` file."""
    with open_text(path) as lines:
        for line in lines:
            yield json.loads(line)


def clean(text: str) -> str:
    """Normalised, without the boilerplate of saved pages."""
    return normalise(text.replace(_BOILERPLATE, " "))


def comments(folder: Path) -> list[Example]:
    """Reader and Facebook/YouTube comments: sentiment, target, toxic (`true`/`false`)."""
    return [
        _labelled(row, _comment_labels(row), _platform(row))
        for name in ("comments_train", "social_train")
        for row in read_rows(folder / "labelled" / f"{name}.jsonl.xz")
    ]


def articles(folder: Path) -> list[Example]:
    """Labelled articles: topics (the main one), valence, stance."""
    rows = read_rows(folder / "labelled" / "articles_train.jsonl.xz")
    return [_labelled(row, _article_labels(row), row["origin"], row["topic2"]) for row in rows]


def labelled_articles(folder: Path) -> list[Row]:
    """Every labelled article as a row, the repository's own labels joined."""
    joined = _joined(folder, _NEWS, "articles")
    return [
        *read_rows(folder / "labelled" / "articles_train.jsonl.xz"),
        *({**row, **label} for row, label in joined),
    ]


def _labelled(row: Row, labels: Mapping[str, str], part: str, second_topic: str = "-") -> Example:
    return Example(clean(row.get("title", "")), clean(row["text"]), labels, part, second_topic.strip("-"))


def _comment_labels(row: Row) -> dict[str, str]:
    return {
        "sentiment": row["sentiment"],
        "target": row["target"],
        "toxic": "true" if row["toxic"] else "false",
    }


def _article_labels(row: Row) -> dict[str, str]:
    return {"topics": row["topic1"], "valence": row["valence"], "stance": row["stance"]}


def written() -> list[Example]:
    """Reports and comments invented for the project (`data/written.tsv`): topics, sentiment, target."""
    return [
        Example(
            "",
            clean(text),
            {"topics": topic, "sentiment": sentiment, "target": target, "toxic": "false"},
            "written",
        )
        for topic, sentiment, target, text in _invented("written.tsv")
    ]


def written_comments() -> list[Example]:
    """Comments invented for the project: under posts on public matters, and under headlines."""
    return [
        Example(
            clean(title),
            clean(text),
            {"sentiment": sentiment, "target": target, "toxic": "true" if toxic == "1" else "false"},
            part,
        )
        for part, name in (
            ("written-comments", "written_comments.tsv"),
            ("written-news", "written_news_comments.tsv"),
        )
        for sentiment, target, toxic, title, text in _invented(name)
    ]


def _invented(name: str) -> Iterator[list[str]]:
    lines = files("nlp").joinpath("data", name).read_text("utf-8").splitlines()
    return (line.split("\t") for line in lines if not line.startswith("#"))


def label_key(title: str, text: str) -> str:
    """What `data/labels/*.jsonl` know a text by: the SHA-256 of its normalised title and text."""
    return hashlib.sha256(f"{normalise(title)}\n{normalise(text)}".encode()).hexdigest()


def project_comments(folder: Path) -> list[Example]:
    """Comments labelled in the repository (`data/labels/comments.jsonl`), joined to their texts by key."""
    return [
        _labelled(row, _comment_labels(label), f"project-{_platform(row)}")
        for row, label in _joined(folder, _COMMENTS, "comments")
    ]


def project_articles(folder: Path) -> list[Example]:
    """Articles labelled in the repository (`data/labels/articles.jsonl`), joined likewise."""
    return [
        _labelled(row, _article_labels(label), "project", label["topic2"])
        for row, label in _joined(folder, _NEWS, "articles")
    ]


def _platform(row: Row) -> str:
    return "vsmec" if "emotion" in row else str(row.get("platform", "news"))


_COMMENTS = (
    "sentiment/uit_victsd_train",
    "sentiment/uit_victsd_valid",
    "comments/social_2025",
    "comments/vnexpress_law_2018",
    "sentiment/uit_vsmec_train",
)
_NEWS = ("news/baomoi_2017_10k", "news/news_2026_24h")


def _joined(folder: Path, names: Sequence[str], labels: str) -> list[tuple[Row, Row]]:
    stored = files("nlp").joinpath("data/labels", f"{labels}.jsonl").read_text("utf-8")
    by_key = {label["key"]: label for label in map(json.loads, stored.splitlines())}
    rows = (row for name in names for row in read_rows(folder / f"{name}.jsonl.xz"))
    keyed = ((row, label_key(row.get("title", ""), row["text"])) for row in rows)
    found = [(row, by_key.pop(key)) for row, key in keyed if key in by_key]
    if by_key:
        raise DataMissingError(f"{len(by_key)} labels of {labels}.jsonl have no text in {folder}")
    return found


class Hinted(NamedTuple):
    """An article of which only the newspaper's section is known: its topic is one of a few, or any."""

    example: Example
    topics: tuple[str, ...]


_PER_SECTION = 300
_UNHINTED = 3000


def hinted(folder: Path, labelled: Sequence[Example]) -> list[Hinted]:
    """Articles with a section as a hint (some 300 a section), and articles without any; no labelled one.

    Sections that say little about the topic are left out (`data/section_topics.json`).
    """
    sections = json.loads(files("nlp").joinpath("data/section_topics.json").read_text("utf-8"))
    topics = folder / "topics"
    found = _sections(topics / "vntc10_train.jsonl.xz", "topic", sections["vntc10"])
    found += _sections(topics / "tc201805_train.jsonl.xz", "topic", sections["tc201805"])
    found += _sections(topics / "dantri_titles_2026.jsonl.xz", "section", sections["dantri"])
    for name in _NEWS:
        found += [Hinted(article, ()) for article in islice(_unlabelled(folder, name, labelled), _UNHINTED)]
    return found


def unlabelled_articles(folder: Path, labelled: Sequence[Example]) -> Iterator[Example]:
    """The articles of the data folder that are not among the labelled ones."""
    return (article for name in _NEWS for article in _unlabelled(folder, name, labelled))


def _unlabelled(folder: Path, name: str, labelled: Sequence[Example]) -> Iterator[Example]:
    known = {example.title for example in labelled}
    articles = map(_article, read_rows(folder / f"{name}.jsonl.xz"))
    return (article for article in articles if article.title not in known)


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
