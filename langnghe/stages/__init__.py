"""The stages, one function a verb.

A stage that runs twice gives the same result. Its report stands beside its file and says that it is done:
what lacks the report is pending, so a run that was killed is finished by the next one.
"""

from langnghe.stages.batch import STAGES, crawl, crawl_all, due, extract, index, label, pending
from langnghe.stages.day import digest, send, trends
from langnghe.stages.intake import take_items, take_warcs

__all__ = [
    "STAGES",
    "crawl",
    "crawl_all",
    "digest",
    "due",
    "extract",
    "index",
    "label",
    "pending",
    "send",
    "take_items",
    "take_warcs",
    "trends",
]
