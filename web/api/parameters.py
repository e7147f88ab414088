"""What may be asked of each address of the API: the types that requests are read with and described by."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from storage.records import Severity

MOST_ROWS = 1000

Key = Annotated[str, Field(max_length=300, examples=["linkedin/privacy-policy"])]
Word = Annotated[str, Field(max_length=300)]
Reference = Annotated[
    str,
    Field(
        max_length=40,
        description="A version's number, `latest`, a date (the end of that day in UTC) or a time with offset.",
        examples=["2024-09-18"],
    ),
]
Begin = Annotated[
    str,
    Field(max_length=40, description="A date (its beginning in UTC) or a time with offset, as from then on."),
]
End = Annotated[
    str, Field(max_length=40, description="A date (its end in UTC) or a time with offset, as up to then.")
]
Query = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1000,
        description="Unquoted words match in any inflection and order within one clause, a quoted part as it"
        " stands; AND OR NOT NEAR, a trailing `*`.",
        examples=['"train artificial intelligence"'],
    ),
]


class Parameters(BaseModel):
    """Nothing else may be asked: a filter with a typing error must not pass for none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Parameters):
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS, description="At most so many rows.")] = 50
    cursor: Annotated[
        str,
        Field(max_length=400, description="The `next_cursor` of the page before; left out: the first page."),
    ] = ""


class Documents(Page):
    service: Word | None = None
    kind: Word | None = None


class Versions(Page):
    document: Key


class Changes(Page):
    document: Key | None = None
    service: Word | None = None
    kind: Word | None = None
    topic: Word | None = None
    severity: Annotated[Severity, Field(description="This severe or more.")] | None = None
    since: Begin | None = None
    until: End | None = None


class Alerts(Changes):
    pass


class Calendar(Page):
    document: Key | None = None
    service: Word | None = None
    kind: Word | None = None
    since: date | None = None
    until: date | None = None


class Timeline(Parameters):
    q: Query
    service: Word | None = None
    kind: Word | None = None
    topic: Annotated[Word, Field(description="Only clauses that a finding on it quotes.")] | None = None
    since: Begin | None = None
    until: End | None = None


class First(Timeline, Page):
    pass


class Search(First):
    as_of: Annotated[End, Field(description="What stood then; a date means its end.")] | None = None
    added_since: Annotated[Begin, Field(description="What the document first said since then.")] | None = None


class Text(Parameters):
    document: Key
    ref: Reference = "latest"


class Diff(Parameters):
    """`before` left out: the version before `after`. With `other`, another document's `after` is compared."""

    document: Key
    before: Reference | None = None
    after: Reference = "latest"
    other: Annotated[Key, Field(description="Compare with this document's `after` instead.")] | None = None


class Nothing(Parameters):
    pass
