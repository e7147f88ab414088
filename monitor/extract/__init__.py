"""PURE apart from `pool`: the bytes of a page to readable clauses with structure."""

from monitor.extract.failures import ExtractionFailed, ExtractionRefused
from monitor.extract.model import Extraction, ExtractOptions, Source
from monitor.extract.read import extract, extract_markdown

__all__ = [
    "ExtractOptions",
    "Extraction",
    "ExtractionFailed",
    "ExtractionRefused",
    "Source",
    "extract",
    "extract_markdown",
]
