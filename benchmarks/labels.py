"""Texts labelled a second, all heads, on two processors, beside underthesea's word segmentation.

`python -m benchmarks.labels [seconds]` reads news of the data folder (`LANGNGHE_DATA`).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

from underthesea import word_tokenize

from nlp.annotate import annotate
from nlp.corpora import data_folder, read_rows
from nlp.labels import Text

PROCESSES = 2
WORDS = 300
BATCH = 512


def articles() -> list[Text]:
    """News of exactly 300 words."""
    rows = read_rows(data_folder() / "news" / "baomoi_2017_10k.jsonl.xz")
    cut = ((row["title"], row["text"].split()) for row in rows)
    return [
        Text(kind="article", title=title, text=" ".join(words[:WORDS]))
        for title, words in cut
        if len(words) >= WORDS
    ]


def comments() -> list[Text]:
    """Comments as they come."""
    rows = read_rows(data_folder() / "comments" / "social_2025.jsonl.xz")
    return [Text(kind="comment", title=row["title"], text=row["text"]) for row in rows]


def _label(texts: Sequence[Text]) -> int:
    return len(annotate(texts, "linear"))


def _encode(texts: Sequence[Text]) -> int:
    return len(annotate(texts, "encoder"))


def _segment(texts: Sequence[Text]) -> int:
    return sum(bool(word_tokenize(text.text)) for text in texts)


def measure(work: Callable[[Sequence[Text]], int], texts: Sequence[Text], seconds: float) -> float:
    """Texts a second on warm processes, over at least `seconds`; the encoder has one, with two threads."""
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    processes = 1 if work is _encode else PROCESSES
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(work, [texts[: BATCH // 8]] * processes * 4))
        done, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            done += sum(pool.map(work, batches[:processes]))
            batches = batches[processes:] + batches[:processes]
        return done / (time.perf_counter() - start)


def main(seconds: float) -> None:
    """Print the table."""
    news, people = articles(), comments()
    for name, work, texts in (
        ("articles of 300 words, encoder", _encode, news),
        ("comments, encoder", _encode, people),
        ("articles of 300 words, linear tier", _label, news),
        ("comments, linear tier", _label, people),
        ("articles of 300 words, underthesea word_tokenize", _segment, news[:BATCH]),
    ):
        print(f"{name:52} {measure(work, texts, seconds):8.0f} a second on {PROCESSES} processors")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5)
