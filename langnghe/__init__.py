"""Lắng Nghe: the pipeline, the search index, and what its readers see."""

__version__ = "0.1.0"
