"""YAML with its lines: a mapping's values, and where in the file each of them stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Problem = tuple[int, str]
"""A line (from 1) and what is wrong there."""


@dataclass(frozen=True)
class Marked:
    """A YAML file's values beside the nodes that they were made of."""

    values: dict[str, Any]
    root: MappingNode

    def line(self, location: Sequence[int | str]) -> int:
        """The line of a value, or of the innermost thing around it that the file has."""
        node: Node = self.root
        line = 1
        for step in location:
            inner = _step(node, step)
            if inner is None:
                break
            key, node = inner
            line = key.start_mark.line + 1
        return line


def read_marked(path: Path) -> Marked | list[Problem]:
    """Read a YAML file that holds one mapping, or say what keeps it from being read."""
    try:
        text = path.read_text("utf8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        return [(1, f"not UTF-8: {error.reason} at byte {error.start}")]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return [(mark.line + 1 if mark else 1, f"not YAML: {error.problem}")]
    except yaml.YAMLError as error:
        return [(1, f"not YAML: {error}")]
    if not isinstance(root, MappingNode):
        return [(1, "not a mapping of keys and values")]
    if twice := list(_repeated_keys(root)):
        return twice
    return Marked(yaml.safe_load(text), root)


def _step(node: Node, step: int | str) -> tuple[Node, Node] | None:
    if isinstance(node, MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _repeated_keys(node: Node) -> Iterator[Problem]:
    """Keys that stand twice in one mapping: YAML forbids them, PyYAML keeps the last without a word."""
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value in seen:
                yield key.start_mark.line + 1, f"`{key.value}` stands twice"
            seen.add(str(key.value))
            yield from _repeated_keys(value)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item)
