"""PURE: headings at the end of a page that head nothing but links ("Related articles")."""

from __future__ import annotations

from dataclasses import replace

from monitor.extract.blocks import ClauseWriter
from monitor.extract.model import SetAside
from monitor.identity import words_of
from storage.records import ClauseKind

TRAILING_HEADINGS = 3
"""Headings that may follow the text of a document; more of them are an index, where headings say something."""


def set_trailing_headings_aside(writer: ClauseWriter) -> None:
    """Make soft what heads only links after the last text of a page."""
    clauses, headings, links = writer.clauses, [], False
    for at in range(len(clauses) - 1, -1, -1):
        clause = clauses[at]
        if clause.soft or not words_of(clause.text):
            links = links or writer.set_aside.get(at) is SetAside.LINKS
        elif clause.kind is not ClauseKind.HEADING:
            break
        elif links:
            headings.append(at)
            links = False
        else:
            return
    else:
        return
    for at in headings if len(headings) <= TRAILING_HEADINGS else ():
        clauses[at] = replace(clauses[at], kind=ClauseKind.PARAGRAPH, level=0, soft=True)
        writer.set_aside[at] = SetAside.LINKS
