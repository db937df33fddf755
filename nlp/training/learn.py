"""Trains the encoder on all tasks together, with checkpoints; resumes where the last run stopped."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from rich.progress import Progress
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

from nlp.tasks import HEADS, NEWS, Task
from nlp.tokens import PADDING
from nlp.training.batches import UNKNOWN, Batch, epoch
from nlp.training.network import Network, Read, mean
from nlp.training.priors import Priors, priors

_PER_STEP = 24
"""Examples by which a batch's loss is divided: each weighs the same, however many share its batch."""
_SMOOTHING = 0.05
_VECTORS = 3
"""Every third batch keeps the vectors: the encoder before training must read it too, which costs time."""
_WORDS = 5
"""So many words' tags weigh as much as one label."""
_SAVE_EVERY = 200


class CheckpointError(Exception):
    """A checkpoint is of another training; the message says what to do."""


class Cycle(NamedTuple):
    """Some epochs in which the rate rises and falls to nothing along a cosine.

    A second cycle starts warm (Loshchilov and Hutter 2017, arXiv:1608.03983).
    """

    epochs: int
    rate: float
    """Of the encoder, at its highest.

    After one epoch of 8,000 comments 1.5e-4 gives macro-F1 .61 of sentiment and .72 of target under news held
    out, 6e-5 .58 and .67; 3e-4 learns nothing (2026-11-25)."""


class Schedule(NamedTuple):
    """How long and how fast to learn."""

    cycles: tuple[Cycle, ...] = (Cycle(4, 1.2e-4), Cycle(2, 7e-5))
    faster: float = 10.0
    """The heads learn so many times as fast as the encoder."""
    warm_up: float = 0.05
    """Share of a cycle's steps until the rate is at its highest."""
    average: float = 0.998
    """Weight of the past in the running average of the weights, which is what is kept."""

    def epochs(self) -> list[tuple[int, int]]:
        """The number of each epoch and of the cycle it stands in."""
        counted = (number for number, cycle in enumerate(self.cycles) for _ in range(cycle.epochs))
        return list(enumerate(counted))

    def rate(self, step: int, lengths: Sequence[int]) -> float:
        """The encoder's rate at a step, where each cycle has so many steps."""
        for cycle, length in zip(self.cycles, lengths, strict=True):
            if step < length:
                share = step / length
                if share < self.warm_up:
                    return cycle.rate * share / self.warm_up
                return cycle.rate * (1 + math.cos(math.pi * (share - self.warm_up) / (1 - self.warm_up))) / 2
            step -= length
        return 0.0


Known = Mapping[str, Mapping[str, Tensor]]
"""Head → part of the data → what is added to the scores of its examples."""


def learn(
    network: Network, tasks: Sequence[Task], tokenizer: Tokenizer, checkpoint: Path, schedule: Schedule
) -> nn.Module:
    """Train `network`; the network of the averaged weights.

    The vectors of news are kept like those of the encoder that comes in. Every few minutes all is saved to
    `checkpoint`; where one lies there, the training goes on from it. Raises CheckpointError when that is of
    another training.
    """
    teacher = copy.deepcopy(network.encoder).eval()
    known = _tensors(priors(tasks))
    epochs = schedule.epochs()
    steps = [len(epoch(tasks, tokenizer, *place)) for place in epochs]
    lengths = [
        sum(count for (_, within), count in zip(epochs, steps, strict=True) if within == cycle)
        for cycle in range(len(schedule.cycles))
    ]
    optimizer = _optimizer(network, schedule.faster)
    rates = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: schedule.rate(step, lengths))
    averaged = AveragedModel(network, multi_avg_fn=_average(schedule.average))
    parts: dict[str, Any] = {"network": network, "averaged": averaged, "optimizer": optimizer, "rates": rates}
    identity = sha256(f"{tokenizer.to_str()}{schedule}{steps}".encode()).hexdigest()
    done = _resume(checkpoint, identity, parts)
    with Progress() as progress:
        bar = progress.add_task("encoder", total=sum(steps), completed=done)
        for number, cycle in epochs:
            first = sum(steps[:number])
            if done >= first + steps[number]:
                continue
            for step, batch in enumerate(epoch(tasks, tokenizer, number, cycle), first):
                if step < done:
                    continue
                loss = _step(network, teacher, batch, known, seed=step)
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                rates.step()
                optimizer.zero_grad()
                averaged.update_parameters(network)
                done = step + 1
                progress.update(bar, completed=done, description=f"loss {loss.item():.3f}")
                if done % _SAVE_EVERY == 0 or done == sum(steps):
                    _save(checkpoint, identity, parts, done)
    return cast("nn.Module", averaged.module)


def _tensors(known: Priors) -> dict[str, dict[str, Tensor]]:
    return {
        head: {part: torch.from_numpy(shares) for part, shares in parts.items()}
        for head, parts in known.items()
    }


def _optimizer(network: Network, faster: float) -> torch.optim.AdamW:
    encoder = list(network.encoder.parameters())
    known = {id(parameter) for parameter in encoder}
    heads = [parameter for parameter in network.parameters() if id(parameter) not in known]
    groups = [{"params": encoder}, {"params": heads, "lr": faster}]  # times the schedule's rate
    return torch.optim.AdamW(groups, lr=1.0, weight_decay=0.01, fused=True)


def _average(weight: float) -> Callable[[list[Tensor], list[Tensor], Tensor], None]:
    """A running average that forgets the first steps sooner."""

    def update(averaged: list[Tensor], current: list[Tensor], seen: Tensor) -> None:
        past = min(weight, (1 + int(seen)) / (10 + int(seen)))
        torch._foreach_lerp_(averaged, current, 1 - past)

    return update


def _step(network: Network, teacher: nn.Module, batch: Batch, known: Known, seed: int) -> Tensor:
    torch.manual_seed(seed)
    ids = torch.from_numpy(batch.ids)
    mask = ids != PADDING
    with torch.autocast("cpu", torch.bfloat16):
        read = network(ids, mask)
    loss = _label_loss(read, batch, known) + _tag_loss(read, batch)
    news = [row for row, item in enumerate(batch.items) if item.task.name in NEWS]
    if news and seed % _VECTORS == 0:
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            goal = mean(teacher(ids[news], mask[news]).float(), mask[news])
        loss = loss + _VECTORS * (1 - functional.cosine_similarity(read.vectors[news], goal)).sum()
    return loss / _PER_STEP


def _label_loss(read: Read, batch: Batch, known: Known) -> Tensor:
    weights = torch.from_numpy(batch.weights)
    loss = torch.zeros(())
    for head, labels in batch.labels.items():
        truth = torch.from_numpy(labels)
        none = torch.zeros(len(HEADS[head]))
        prior = torch.stack([known[head].get(item.part, none) for item in batch.items])
        scores = read.scores[head] + prior
        each = _cross_entropy(scores, truth)
        if head == "topics":
            second = torch.from_numpy(batch.second_topics)
            also = _cross_entropy(scores, second)
            each = torch.where(second == UNKNOWN, each, 0.7 * each + 0.3 * also)
        loss = loss + (each * weights).sum()
    return loss


def _cross_entropy(scores: Tensor, truth: Tensor) -> Tensor:
    return functional.cross_entropy(
        scores, truth, ignore_index=UNKNOWN, label_smoothing=_SMOOTHING, reduction="none"
    )


def _tag_loss(read: Read, batch: Batch) -> Tensor:
    tags = torch.from_numpy(batch.tags)
    if bool((tags == UNKNOWN).all()):
        return torch.zeros(())
    each = functional.cross_entropy(read.tags.transpose(1, 2), tags, ignore_index=UNKNOWN, reduction="sum")
    return each / _WORDS


def _save(path: Path, identity: str, parts: Mapping[str, Any], done: int) -> None:
    new = path.with_suffix(".new")
    torch.save(
        {"identity": identity, "done": done, **{name: part.state_dict() for name, part in parts.items()}}, new
    )
    new.replace(path)


def _resume(path: Path, identity: str, parts: Mapping[str, Any]) -> int:
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    if state["identity"] != identity:
        raise CheckpointError(f"{path} is of another training (its data, words or schedule): remove it")
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["done"])
