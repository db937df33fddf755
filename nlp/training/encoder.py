"""Trains and releases the encoder tier.

The same data give about the same weights: the order of the examples is fixed, the processor's sums are not.

Going on with the pre-training first did not help (2026-11-25: 1,700 steps, each a quarter of 4,096 pieces of
comments and news to guess, 55 minutes): fine-tuned for two epochs on 6,171 comments under news, macro-F1 of
sentiment and target .67 and .78, without it .70 and .80. Nor is a third cycle, or the mean of the weights of
the last two, better on the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer

from nlp import encoder
from nlp.corpora import clean, read_rows
from nlp.features import Floats
from nlp.linear import Model
from nlp.public_sets import Sentence
from nlp.release import as_json, linear_files, released_card, write
from nlp.tags import TAGS, Follows, follows
from nlp.tasks import HEADS, Task, tasks
from nlp.text import expand, strip_accents
from nlp.training import e5, pieces
from nlp.training.companion import companion
from nlp.training.export import Shape, export
from nlp.training.learn import Schedule, learn
from nlp.training.network import Encoder, Network
from nlp.training.priors import biases, companion_shares, priors
from nlp.validation import Measured, validate

VERSION = "encoder-1"
VOCABULARY = 15_000
"""Covers 99.8 % of the running pieces of the data folder (2026-11-25); 26,000 would cover all."""


def train(folder: Path, work: Path, target: Path, schedule: Schedule = Schedule()) -> Measured:  # noqa: B008
    """Train with checkpoints in `work` (a second call resumes) and write the model to `target`.

    Raises CheckpointError when `work` holds one of another training, and BelowFloorError, and writes nothing,
    when a figure is below its floor in `floors.json`.
    """
    work.mkdir(parents=True, exist_ok=True)
    weights, learned = e5.read(e5.checkpoint()), tasks(folder)
    tokenizer, kept = pieces.prune(weights, vocabulary_texts(folder), VOCABULARY)
    torch.manual_seed(0)
    network = Network(Encoder(weights, kept), HEADS, len(TAGS))
    checkpoint = work / "checkpoint.pt"
    averaged = learn(network, learned, tokenizer, checkpoint, schedule)
    trained = Trained(
        {name: tensor.numpy() for name, tensor in averaged.state_dict().items()},
        Shape(weights.layers, weights.heads, weights.epsilon),
        tokenizer,
        companion(folder, learned),
        follows(each.tags for task in learned for each in task.examples if isinstance(each, Sentence)),
    )
    measured = release(trained, learned, target)
    checkpoint.unlink()
    return measured


class Trained(NamedTuple):
    """What a training leaves."""

    weights: Mapping[str, Floats]
    shape: Shape
    tokenizer: Tokenizer
    companion: Model
    follows: Follows

    def opened(self, biases: Mapping[str, Floats]) -> tuple[bytes, encoder.Encoder]:
        """The graph with `biases`, and the model of it, in which the companion has no say."""
        graph = export(self.weights, self.shape, biases)
        facts = {"heads": HEADS, "shares": {}, "follows": self.follows, "card": {}}
        return graph, encoder.opened(graph, self.tokenizer.to_str(), facts, self.companion)


def release(trained: Trained, learned: Sequence[Task], target: Path) -> Measured:
    """Calibrate, measure, and write the files of the model."""
    plain = {head: np.zeros(len(labels), np.float32) for head, labels in HEADS.items()}
    _, draft = trained.opened(plain)
    graph, alone = trained.opened(biases(draft, learned, priors(learned)))
    shares = companion_shares(alone, learned)
    measured = validate(alone._replace(shares=shares), learned)
    facts = {
        "heads": HEADS,
        "shares": shares,
        "follows": trained.follows.tolist(),
        "card": released_card("encoder", measured),
    }
    beside = linear_files(trained.companion)
    contents = {
        "onnx": graph,
        "tokenizer.json": f"{trained.tokenizer.to_str()}\n".encode(),
        **{f"companion.{ending}": content for ending, content in beside.items()},
        "json": as_json(facts),
    }
    write(target, VERSION, contents)
    return measured


def vocabulary_texts(folder: Path) -> Iterator[str]:
    """What the vocabulary is pruned by: comments, reviews and news, as written, expanded, without accents."""
    people = [*sorted((folder / "sentiment").glob("*.xz")), folder / "comments/vnexpress_law_2018.jsonl.xz"]
    for path in (*people, folder / "comments/social_2025.jsonl.xz"):
        for row in read_rows(path):
            text = clean(f"{row.get('title', '')}\n{row['text']}")
            yield from (text, expand(text), strip_accents(text))
    leads = islice(read_rows(folder / "topics/tc201805_train.jsonl.xz"), 0, None, 3)
    stories = islice(read_rows(folder / "topics/vntc10_train.jsonl.xz"), 0, None, 10)
    for row in (*leads, *stories):
        yield clean(row["text"][:1500])
    for name in ("baomoi_2017_10k", "news_2026_24h"):
        for number, row in enumerate(read_rows(folder / f"news/{name}.jsonl.xz")):
            text = clean(f"{row['title']}\n{row['text'][:2000]}")
            yield from (text, strip_accents(text)) if number % 3 == 0 else (text,)
