"""The encoder as PyTorch modules: multilingual-e5-small, heads that pool its states, tags, a vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from nlp.training.e5 import E5

DROPOUT = 0.1


class Layer(nn.Module):
    """A layer of BERT: attention, feed-forward, each normalised after its residual."""

    def __init__(self, width: int, heads: int, inner: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.rise, self.fall = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, epsilon), nn.LayerNorm(width, epsilon)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """States: texts x pieces x width."""
        texts, pieces, width = states.shape
        query, key, value = self.qkv(states).view(texts, pieces, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen = seen.transpose(1, 2).reshape(texts, pieces, width)
        states = self.norm1(states + self.dropout(self.out(seen)))
        inner = functional.gelu(self.rise(states))
        return self.norm2(states + self.dropout(self.fall(inner)))


class Encoder(nn.Module):
    """Word pieces to states."""

    def __init__(self, e5: E5, kept: npt.NDArray[np.int64]) -> None:
        super().__init__()
        self.words = nn.Embedding(len(kept), e5.width)
        self.places = nn.Embedding(len(e5.tensors["emb.pos"]), e5.width)
        self.norm = nn.LayerNorm(e5.width, e5.epsilon)
        self.dropout = nn.Dropout(DROPOUT)
        self.layers = nn.ModuleList(Layer(e5.width, e5.heads, e5.inner, e5.epsilon) for _ in range(e5.layers))
        self.load_state_dict({name: torch.tensor(array) for name, array in _arrays(e5, kept).items()})

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Ids and mask (true where a piece stands): texts x pieces; states: texts x pieces x width."""
        states = self.words(ids) + self.places.weight[: ids.shape[1]]
        states = self.dropout(self.norm(states))
        for layer in self.layers:
            states = layer(states, mask[:, None, None, :])
        return states


def _arrays(e5: E5, kept: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.float32]]:
    """The tensors of the file under the names of the modules; the one token type is added to the words."""
    found, width = e5.tensors, e5.width
    arrays = {
        "words.weight": found["emb.word"][kept] + found["emb.type"][:width],
        "places.weight": found["emb.pos"],
        "norm.weight": found["emb.ln.w"],
        "norm.bias": found["emb.ln.b"],
    }
    names = {"out": "ao", "rise": "fi", "fall": "fo", "norm1": "aln", "norm2": "oln"}
    for layer in range(e5.layers):
        for part, letter in (("weight", "w"), ("bias", "b")):
            joined = [found[f"l{layer}.{name}.{letter}"] for name in ("q", "k", "v")]
            arrays[f"layers.{layer}.qkv.{part}"] = np.concatenate(joined)
            for ours, theirs in names.items():
                arrays[f"layers.{layer}.{ours}.{part}"] = found[f"l{layer}.{theirs}.{letter}"]
    return arrays


class Read(NamedTuple):
    """What the network says of a batch."""

    scores: dict[str, Tensor]
    """Head → texts x labels, before the softmax."""
    tags: Tensor
    """Texts x pieces x tags."""
    vectors: Tensor
    """Texts x width, of length 1."""


class Network(nn.Module):
    """The encoder with its heads. Each weighs the pieces by an attention of its own (at first all alike)."""

    def __init__(self, encoder: Encoder, heads: Mapping[str, Sequence[str]], tags: int) -> None:
        super().__init__()
        width = encoder.norm.normalized_shape[0]
        self.encoder = encoder
        self.queries = nn.Linear(width, len(heads), bias=False)
        nn.init.zeros_(self.queries.weight)
        self.heads = nn.ModuleDict({head: nn.Linear(width, len(labels)) for head, labels in heads.items()})
        self.tags = nn.Linear(width, tags)
        self.vector = nn.Linear(width, width, bias=False)
        nn.init.eye_(self.vector.weight)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, ids: Tensor, mask: Tensor) -> Read:
        """Ids and mask: texts x pieces."""
        states = self.encoder(ids, mask).float()
        with torch.autocast("cpu", enabled=False):
            weights = self.queries(states).masked_fill(~mask[..., None], -1e4).softmax(dim=1)
            pooled = self.dropout(weights.transpose(1, 2) @ states)
            scores = {head: layer(pooled[:, row]) for row, (head, layer) in enumerate(self.heads.items())}
            vectors = functional.normalize(self.vector(mean(states, mask)), dim=-1)
            return Read(scores, self.tags(self.dropout(states)), vectors)


def mean(states: Tensor, mask: Tensor) -> Tensor:
    """The mean of the states of each text, as multilingual-e5-small pools them."""
    weights = mask[..., None].float()
    return (states * weights).sum(dim=1) / weights.sum(dim=1)
