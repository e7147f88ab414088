"""PURE: what the page of a document says at a revision, as clauses and as HTML, and the mark of each notice."""

from __future__ import annotations

import re
from collections.abc import Sequence

MARK = re.compile(r"\bQ\d{3}R\d{2}\b")

ALERTING = (
    "We may use what you post to train AI models, see notice {mark}.",
    "Photos that you upload help us to develop and train artificial intelligence models under notice {mark}.",
    "Your messages can be used for the training of language models, as notice {mark} explains.",
    "Recordings of your calls become training data for AI, says notice {mark}.",
    "Our partners fine-tune models on the documents you share, by notice {mark}.",
    "What you ask the assistant is kept for AI training according to notice {mark}.",
)
CALM = (
    "We keep the records of deliveries for {days} days, see notice {mark}.",
    "Parcels that nobody collects go back after {days} days, says notice {mark}.",
    "The shop by the harbour stays closed for {days} days in winter, by notice {mark}.",
    "Invoices can be disputed within {days} days, as notice {mark} explains.",
)
_BASE = (
    "We use your data to provide the service.",
    "We never sell it to anybody.",
    "Our partners train AI models on public weather records only.",
    "Write to our privacy team.",
    "We answer within thirty days.",
)


def mark(document: int, number: int) -> str:
    """The word that stands in one notice of one document and nowhere else; `number` counts from 1."""
    return f"Q{document:03}R{number:02}"


def clauses(document: int, alerting: Sequence[bool], revision: int) -> tuple[str, ...]:
    """What a reader of the page would quote, in order: each revision has one notice more than the last."""
    notices = (_notice(document, number, alerting) for number in range(1, revision + 1))
    return (f"Privacy Policy of office {document}", *_BASE, "Notices", *notices)


def html(document: int, alerting: Sequence[bool], revision: int) -> str:
    title, *rest = clauses(document, alerting, revision)
    begin, notices = rest[: len(_BASE)], rest[len(_BASE) + 1 :]
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title></head><body>'
        '<nav><a href="/">Home</a> <a href="/about">About</a></nav>'
        f"<main><h1>{title}</h1>{_paragraphs(begin)}<h2>Notices</h2>{_paragraphs(notices)}</main></body></html>"
    )


def _notice(document: int, number: int, alerting: Sequence[bool]) -> str:
    wordings = ALERTING if alerting[number - 1] else CALM
    wording = wordings[(document + number) % len(wordings)]
    return wording.format(mark=mark(document, number), days=20 + number)


def _paragraphs(sentences: Sequence[str]) -> str:
    return "".join(f"<p>{sentence}</p>" for sentence in sentences)
