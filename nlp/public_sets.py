"""Public Vietnamese sets as further heads of the encoder: what each asks, its labels, its files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nlp.corpora import Example, clean, open_text, read_rows
from nlp.tags import KINDS, TAGS, WORD


class PublicSet(NamedTuple):
    """A set of texts with one label each."""

    field: str
    """The field of a row that holds the label."""
    labels: tuple[str, ...]
    train: str
    """The file in the data folder, without `.jsonl.xz`."""
    validation: str = ""
    """Another file; without one, a share of `train`."""


SETS: dict[str, PublicSet] = {
    "vsfc": PublicSet(
        "sentiment", ("neg", "neu", "pos"), "sentiment/uit_vsfc_train", "sentiment/uit_vsfc_dev"
    ),
    "vlsp2016": PublicSet("sentiment", ("neg", "neu", "pos"), "sentiment/vlsp2016_train"),
    "aivivn": PublicSet("sentiment", ("neg", "pos"), "sentiment/aivivn2019_train"),
    "emotion": PublicSet(
        "emotion",
        ("anger", "disgust", "enjoyment", "fear", "other", "sadness", "surprise"),
        "sentiment/uit_vsmec_train",
        "sentiment/uit_vsmec_dev",
    ),
    "toxic3": PublicSet("toxic3", ("0", "1", "2"), "comments/toxic3_2025"),
    "vntc10": PublicSet(
        "topic",
        (
            "Chinh tri Xa hoi",
            "Doi song",
            "Khoa hoc",
            "Kinh doanh",
            "Phap luat",
            "Suc khoe",
            "The gioi",
            "The thao",
            "Van hoa",
            "Vi tinh",
        ),
        "topics/vntc10_train",
    ),
    "tc201805": PublicSet(
        "topic",
        (
            "am thuc",
            "bat dong san",
            "chinh tri va phap luat",
            "con nguoi va xa hoi",
            "con nguoi va xa hoi - gia dinh va cac moi quan he - hon nhan",
            "con nguoi va xa hoi - khoa hoc xa hoi - van hoa",
            "du lich",
            "giao duc va viec lam - giao duc",
            "giao duc va viec lam - viec lam",
            "khoa hoc",
            "khoa hoc - sinh thai va moi truong",
            "kinh doanh va cong nghiep",
            "lam dep va the hinh - suc khoe",
            "lam dep và the hinh",
            "mang may tinh va vien thong",
            "may vi tinh va do dien tu",
            "may vi tinh va do dien tu - mang may tinh va vien thong",
            "mua sam",
            "mua sam - trang phuc",
            "nha vuon",
            "sach va van hoc",
            "so thich",
            "suc khoe",
            "tai chinh",
            "tai chinh - dau tu - co phieu va trai phieu",
            "the thao - the thao doi khang",
            "the thao - the thao dong doi - bong da",
            "thu cung va dong vat",
            "tro choi",
        ),
        "topics/tc201805_train",
    ),
}
NEWS_SETS = ("vntc10", "tc201805")
"""Sets of news; the others are what people write."""


class Sentence(NamedTuple):
    """Words as written (syllables, signs) with their BIO tags."""

    words: tuple[str, ...]
    tags: tuple[str, ...]


_QUOTE = '""""'
"""How the files of VLSP 2016 write a quotation mark."""


def examples(name: str, path: Path) -> list[Example]:
    """The texts of a file of the set `name`, labelled for its head."""
    field, part = SETS[name].field, path.name.partition(".")[0]
    return [
        Example(clean(row.get("title", "")), clean(row["text"]), {name: str(row[field])}, part)
        for row in read_rows(path)
    ]


def sentences(path: Path) -> Iterator[Sentence]:
    """The sentences of a `.conll` or `.conll.xz` file: a word a line, its tag last, blank lines between.

    Words of several syllables (`Bạch_Đằng`) come out as syllables, and signs (`TP.`) as words, as in a text.
    Tags of other kinds than `KINDS` become `O`.
    """
    words: list[str] = []
    tags: list[str] = []
    with open_text(path) as lines:
        for line in (*lines, ""):
            if "\t" in line:  # Other lines are blank, or what is left of the files' markup.
                word, *_, tag = line.rstrip("\n").split("\t")
                written = WORD.findall(clean(word.replace(_QUOTE, '"')).replace("_", " ")) or ["_"]
                words += written
                tags += _spread(tag, len(written))
            elif words:
                yield Sentence(tuple(words), tuple(tags))
                words, tags = [], []


def _spread(tag: str, syllables: int) -> list[str]:
    kind = tag.partition("-")[2]
    return [tag, *[f"I-{kind}"] * (syllables - 1)] if kind in KINDS and tag in TAGS else ["O"] * syllables
