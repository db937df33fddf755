"""Writes the trained network as an ONNX graph with 8-bit weights that `nlp.encoder` runs.

The graph reads one text (no padding, so a text's labels do not depend on its neighbours) and uses the fused
operators of onnxruntime: `DynamicQuantizeMatMul`, `MultiHeadAttention`, `SkipLayerNormalization`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from nlp.features import Floats
from nlp.tokens import LONGEST

Arrays = Mapping[str, Floats]
Array = npt.NDArray[np.generic]

_FUSED = "com.microsoft"
LARGEST = 63
"""7 bits: on processors without VNNI two products of an 8-bit weight overflow the 16 bits they are added in
(onnxruntime's documentation of U8S8)."""


class Shape(NamedTuple):
    """What the weights' shapes do not tell."""

    layers: int
    heads: int
    """Of the attention."""
    epsilon: float


class _Graph:
    """The nodes and constants of a graph that grows."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, array: Array) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def node(self, operator: str, inputs: list[str], output: str, domain: str = "", **options: object) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **options))
        return output

    def product(self, name: str, states: str, weight: Floats, bias: Floats) -> str:
        """States times an 8-bit matrix (output × input) with one scale a column, plus a bias."""
        scale = np.abs(weight).max(axis=1) / LARGEST
        inputs = [
            self.constant(f"{name}.weight", np.rint(weight / scale[:, None]).astype(np.int8).T),
            self.constant(f"{name}.scale", scale.astype(np.float32)),
            self.constant(f"{name}.zero", np.zeros(len(scale), np.int8)),
            self.constant(f"{name}.bias", bias),
        ]
        return self.node("DynamicQuantizeMatMul", [states, *inputs], name, _FUSED)

    def norm(self, name: str, inputs: Sequence[str], weights: Arrays, epsilon: float) -> str:
        """The sum of two states, normalised with the weights under `name`."""
        scale, shift = (
            self.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias")
        )
        return self.node("SkipLayerNormalization", [*inputs, scale, shift], name, _FUSED, epsilon=epsilon)


def export(weights: Arrays, shape: Shape, biases: Arrays) -> bytes:
    """The graph: `ids` (1 × pieces) to `scores` (labels of all heads), `tags`, `vector`.

    `biases` (head → labels) are added to the scores; `scores` holds the heads in the order of `biases`.
    """
    graph = _Graph()
    states = _embed(graph, weights, shape)
    for layer in range(shape.layers):
        states = _layer(graph, weights, shape, layer, states)
    _heads(graph, weights, biases, states)
    width = weights["vector.weight"].shape[0]
    tags, labels = len(weights["tags.bias"]), sum(len(bias) for bias in biases.values())
    made = helper.make_graph(
        graph.nodes,
        "langnghe",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "pieces"])],
        [
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, [labels]),
            helper.make_tensor_value_info("tags", TensorProto.FLOAT, ["pieces", tags]),
            helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, width]),
        ],
        list(graph.constants.values()),
    )
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)], ir_version=9
    )
    return bytes(model.SerializeToString())


def _embed(graph: _Graph, weights: Arrays, shape: Shape) -> str:
    words = weights["encoder.words.weight"]
    scale = np.abs(words).max(axis=1, keepdims=True) / 127
    coded = graph.constant("words", np.rint(words / scale).astype(np.int8))
    graph.node("Cast", [graph.node("Gather", [coded, "ids"], "coded")], "cast", to=TensorProto.FLOAT)
    scales = graph.node("Gather", [graph.constant("words.scale", scale.astype(np.float32)), "ids"], "scales")
    states = graph.node("Mul", ["cast", scales], "pieces")
    places = graph.constant("places", weights["encoder.places.weight"][:LONGEST].astype(np.float16))
    first = graph.constant("first", np.array([0]))
    count = graph.node("Shape", ["ids"], "count", start=1)
    half = graph.node("Slice", [places, first, count, first], "half")
    row = graph.node("Unsqueeze", [graph.node("Cast", [half], "placed", to=TensorProto.FLOAT), first], "row")
    return graph.norm("encoder.norm", [states, row], weights, shape.epsilon)


def _layer(graph: _Graph, weights: Arrays, shape: Shape, layer: int, states: str) -> str:
    name = f"encoder.layers.{layer}"

    def product(part: str, given: str) -> str:
        weight, bias = weights[f"{name}.{part}.weight"], weights[f"{name}.{part}.bias"]
        return graph.product(f"{name}.{part}", given, weight, bias)

    thirds = [f"{name}.{part}" for part in ("query", "key", "value")]
    graph.nodes.append(helper.make_node("Split", [product("qkv", states)], thirds, axis=2))
    seen = graph.node("MultiHeadAttention", thirds, f"{name}.seen", _FUSED, num_heads=shape.heads)
    states = graph.norm(f"{name}.norm1", [states, product("out", seen)], weights, shape.epsilon)
    inner = graph.node("Gelu", [product("rise", states)], f"{name}.inner", _FUSED)
    return graph.norm(f"{name}.norm2", [states, product("fall", inner)], weights, shape.epsilon)


def _heads(graph: _Graph, weights: Arrays, biases: Arrays, states: str) -> None:
    """Each label's score: the states pooled by its head's attention, times the label's weights."""
    flat = graph.node("Squeeze", [states, "first"], "flat")
    queries = graph.constant("queries", weights["queries.weight"].T)
    shares = graph.node("MatMul", [flat, queries], "shares")
    shares = graph.node(
        "Softmax", [graph.node("Transpose", [shares], "turned", perm=[1, 0])], "pooling", axis=1
    )
    pooled = graph.node("MatMul", [shares, flat], "pooled")
    heads = np.concatenate([np.full(len(bias), row) for row, bias in enumerate(biases.values())])
    own = graph.node("Gather", [pooled, graph.constant("heads", heads)], "own")
    matrix = np.concatenate([weights[f"heads.{head}.weight"] for head in biases])
    product = graph.node("Mul", [own, graph.constant("labels", matrix)], "product")
    summed = graph.node("ReduceSum", [product, graph.constant("axis1", np.array([1]))], "summed", keepdims=0)
    bias = np.concatenate([weights[f"heads.{head}.bias"] + more for head, more in biases.items()])
    graph.node("Add", [summed, graph.constant("bias", bias.astype(np.float32))], "scores")

    tag_weights = graph.constant("tags.weight", weights["tags.weight"].T)
    graph.node("Gemm", [flat, tag_weights, graph.constant("tags.bias", weights["tags.bias"])], "tags")

    mean = graph.node("ReduceMean", [flat], "mean", axes=[0], keepdims=1)
    turned = graph.node("MatMul", [mean, graph.constant("vector.weight", weights["vector.weight"].T)], "long")
    graph.node("LpNormalization", [turned], "vector", axis=1, p=2)
