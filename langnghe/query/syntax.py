"""What a reader types, as a contract query.

All words must match, each in title, lead or text; `"a phrase"`, `-word`, `OR`, parentheses. OR binds loosest,
because a Vietnamese word is often several syllables: `ngập nước OR triều cường`. Typed accents bind, missing
accents open: a word with diacritics is looked up as it is, one without in the `.folded` fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from langnghe.index.contract import Body
from nlp.text import fold, normalise, words

# Articles carry their lead in `text` too: it counts once. An empty field would change the other scores.
FIELDS = {"title": 2.0, "lead": 0.0, "text": 1.0}
_MOST_WORDS = 64
_DEEPEST = 10
"""Parentheses in parentheses; Elasticsearch takes 30 bool queries, and each level makes two at most."""
_TOKENS = re.compile(r'"(?P<quoted>[^"]*)"?|(?P<sign>[()]|-+(?=[^\s)]))|(?P<chunk>[^\s()"]+)')
_QUOTES = str.maketrans("“”„‟«»＂", '"' * 7)


class QueryError(ValueError):
    """A query that cannot be answered; the message is for the reader, in Vietnamese."""


@dataclass(frozen=True)
class Phrase:
    """Words that stand together, lower case; a single word is a phrase of one."""

    words: tuple[str, ...]
    quoted: bool = False


@dataclass(frozen=True)
class Not:
    """What must not match."""

    node: Node


@dataclass(frozen=True)
class All:
    """Everything must match."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Either:
    """At least one must match."""

    nodes: tuple[Node, ...]


Node = Phrase | Not | All | Either


def parse(query: str) -> Body:
    """The contract query of what a reader typed; an empty text finds everything. Raises QueryError."""
    node = tree(query)
    return {"match_all": {}} if node is None else _body(node)


def tree(query: str) -> Node | None:
    """What a reader typed as a tree, None for an empty text; open quotes and parentheses close at the end."""
    text = normalise(query).translate(_QUOTES).strip()
    parts = list(_parts(text))
    if sum(len(part.words) for part in parts if isinstance(part, Phrase)) > _MOST_WORDS:
        raise QueryError(f"Câu tìm kiếm quá dài: tối đa {_MOST_WORDS} từ.")
    node = _Parser(parts).either()
    if node is None and text:
        raise QueryError("Câu tìm kiếm không có từ nào để tìm.")
    return node


def phrases(node: Node | None) -> Iterator[Phrase]:
    """The phrases of a tree that should be found, not those it excludes."""
    if isinstance(node, Phrase):
        yield node
    elif isinstance(node, All | Either):
        for inner in node.nodes:
            yield from phrases(inner)


def accented(word: str) -> bool:
    """Whether a lower-case word carries a diacritic, so that it binds; đ counts."""
    return fold(word) != word


def _parts(text: str) -> Iterator[Phrase | str]:
    """Phrases, and `(`, `)`, `-`, `OR`; what holds no letter or digit, or closes nothing, is passed over."""
    depth = 0  # of parentheses
    for found in _TOKENS.finditer(text):
        if sign := found["sign"]:
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if depth > _DEEPEST:
                raise QueryError(f"Câu tìm kiếm quá phức tạp: tối đa {_DEEPEST} lớp ngoặc.")
            if depth >= 0:
                yield sign[0]
            depth = max(depth, 0)
        elif found["chunk"] == "OR":
            yield "OR"
        elif found["chunk"] != "AND" and (inside := tuple(words(found["quoted"] or found["chunk"] or ""))):
            yield Phrase(inside, quoted=found["chunk"] is None)


class _Parser:
    """Recursive descent; forgiving about what is missing."""

    def __init__(self, parts: Sequence[Phrase | str]) -> None:
        self.parts = list(reversed(parts))

    def either(self) -> Node | None:
        """Groups with OR between, up to a closing parenthesis or the end."""
        groups = [self._all()]
        while self.parts and self.parts[-1] == "OR":
            self.parts.pop()
            groups.append(self._all())
        nodes = tuple(group for group in groups if group is not None)
        return Either(nodes) if len(nodes) > 1 else next(iter(nodes), None)

    def _all(self) -> Node | None:
        nodes: list[Node] = []
        while self.parts and self.parts[-1] not in ("OR", ")"):
            if (node := self._one()) is not None:
                nodes.append(node)
        if nodes and all(isinstance(node, Not) for node in nodes):
            raise QueryError("Cần ít nhất một từ phải có mặt, bên cạnh các từ bị loại trừ.")
        return All(tuple(nodes)) if len(nodes) > 1 else next(iter(nodes), None)

    def _one(self) -> Node | None:
        part = self.parts.pop()
        if isinstance(part, Phrase):
            return part
        if part == "-":
            node = self._one() if self.parts and self.parts[-1] not in ("OR", ")") else None
            return node and Not(node)
        inside = self.either()
        if self.parts:
            self.parts.pop()
        return inside


def _body(node: Node) -> Body:
    match node:
        case Phrase(words=inside):
            return _anywhere([_phrase(field, inside, boost) for field, boost in FIELDS.items()])
        case Either(nodes=nodes):
            return _anywhere([_body(each) for each in nodes])
        case All(nodes=nodes):
            body: Body = {"must": [_body(each) for each in nodes if not isinstance(each, Not)]}
            if excluded := [_body(each.node) for each in nodes if isinstance(each, Not)]:
                body["must_not"] = excluded
            if together := _together(nodes):
                body["should"] = together
            return {"bool": body}
        case Not():
            raise QueryError("Cần ít nhất một từ phải có mặt, bên cạnh các từ bị loại trừ.")


def _anywhere(clauses: list[Body]) -> Body:
    return {"bool": {"should": clauses, "minimum_should_match": 1}}


def _phrase(field: str, inside: Sequence[str], boost: float) -> Body:
    """Words that stand together in one field: those with accents exactly so, the others however accented."""
    runs = [list(run) for bound, run in groupby(inside, key=accented) if bound]
    if runs == [list(inside)]:
        return _stand(field, inside, boost)
    everywhere = _stand(f"{field}.folded", [fold(word) for word in inside], boost)
    if not runs:
        return everywhere
    return {"bool": {"must": [everywhere, *(_stand(field, run, boost) for run in runs)]}}


def _stand(field: str, inside: Sequence[str], boost: float) -> Body:
    if len(inside) == 1:
        return {"match": {field: {"query": inside[0], "operator": "and", "boost": boost}}}
    return {"match_phrase": {field: {"query": " ".join(inside), "boost": boost}}}


def _together(nodes: Sequence[Node]) -> list[Body]:
    """What lifts documents in which the plain words stand together, and as they were typed."""
    plain = [word for node in nodes if isinstance(node, Phrase) and not node.quoted for word in node.words]
    if len(plain) < 2:
        return []
    folded = [fold(word) for word in plain]
    scored = [(field, boost) for field, boost in FIELDS.items() if boost]
    return [_stand(field, plain, boost) for field, boost in scored] + [
        _stand(f"{field}.folded", folded, boost) for field, boost in scored
    ]
