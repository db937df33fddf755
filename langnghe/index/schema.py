"""What tantivy stores: a schema made from the templates, and records as its documents."""

from __future__ import annotations

import json
from datetime import UTC

import tantivy
from tantivy import Filter, Schema, TextAnalyzer, Tokenizer

from langnghe.index.contract import Source
from langnghe.index.fields import moment, properties, searchable


def _words() -> tantivy.TextAnalyzerBuilder:
    return tantivy.TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase())


ANALYZERS = {"text": _words().build(), "folded": _words().filter(Filter.ascii_fold()).build()}
"""The analyzers of `component-documents.json`."""


def schema(alias: str) -> Schema:
    """The tantivy schema of an alias; the record itself is stored as JSON in `_source`."""
    builder = tantivy.SchemaBuilder().add_bytes_field("_source", stored=True)
    for name, kind in searchable(alias).items():
        match kind:
            case "text":
                builder.add_text_field(name, tokenizer_name="folded" if name.endswith(".folded") else "text")
            case "keyword":
                builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
            case "date":
                builder.add_date_field(name, indexed=True, fast=True)
            case "integer":
                builder.add_integer_field(name, indexed=True, fast=True)
            case "boolean":
                builder.add_boolean_field(name, indexed=True, fast=True)
    return builder.build()


def analyzer(field: str) -> TextAnalyzer:
    """What cuts the text of a field into words."""
    return ANALYZERS["folded" if field.endswith(".folded") else "text"]


def document(alias: str, record: Source) -> tantivy.Document:
    """A prepared record as tantivy takes it."""
    doc = tantivy.Document()
    doc.add_bytes("_source", json.dumps(record, ensure_ascii=False).encode())
    kinds = searchable(alias)
    for name in record.keys() & kinds.keys():
        value = record[name]
        match kinds[name]:
            case "text":
                for field in (name, *(f"{name}.{sub}" for sub in properties(alias)[name].get("fields", ()))):
                    doc.add_text(field, value)
            case "keyword":
                for each in value if isinstance(value, list) else [value]:
                    doc.add_text(name, each)
            case "date":
                doc.add_date(name, moment(value).astimezone(UTC))
            case "integer":
                doc.add_integer(name, value)
            case "boolean":
                doc.add_boolean(name, value)
    return doc
