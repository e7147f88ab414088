"""`policywatch add`: reads a page, proposes how to watch it, and writes that into `conf.d/`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.output import safe
from monitor.errors import InputUnreadable, UsageError

if TYPE_CHECKING:
    from monitor.cli.page import Page
    from monitor.config import Settings
    from monitor.proposal import Proposal, Service

HEADINGS_SHOWN = 5
FEW_WORDS = 150
"""Below this a page is likely no policy but what stands before one; real policies start at some 200 words."""


def register(app: typer.Typer) -> None:
    app.command("add", epilog="Example: policywatch add https://www.example.com/legal/privacy")(add)


def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="The page to watch.")],
    service: Annotated[
        str | None,
        typer.Option("--service", help="The company or product, by name or id."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="Such as privacy-policy or faq; else by the page's title.")
    ] = None,
    variant: Annotated[
        str | None, typer.Option("--variant", help="Tells two documents of one service and kind apart.")
    ] = None,
    every: Annotated[
        str | None, typer.Option("--every", help="How often to look, such as 6h; else as [fetch] says.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write it without asking.")] = False,
) -> None:
    """Read a page, show what was understood, and add it to the documents that are watched."""
    from monitor.cli.page import is_address, read_page
    from monitor.config.additions import add_document, document_block, file_for, service_block
    from monitor.extract.model import ExtractOptions

    if not is_address(url):
        raise UsageError(f"{url}: an address begins with https:// or http://")
    config, settings = context.obj.config_file(), context.obj.settings()
    _refuse_watched(url, settings)
    page = read_page(url, settings, ExtractOptions())
    _refuse_watched(page.address, settings)
    sys.stdout.write(safe("\n".join(_understood(page))) + "\n")
    proposal = _proposal(url, page, settings, service, kind, variant, every)
    file = file_for(config, proposal)
    block = f"{service_block(proposal)}\n{document_block(proposal)}"
    sys.stdout.write(safe(f"\nTo be watched as {proposal.key}, by {file}:\n\n{_indented(block)}\n"))
    if not yes and not _agreed():
        sys.stdout.write("nothing was written\n")
        return
    added = add_document(config, proposal, os.environ)
    sys.stdout.write(safe("\n".join(_next_steps(proposal, file, len(added.targets)))) + "\n")


def _refuse_watched(url: str, settings: Settings) -> None:
    from monitor.sites import page_of

    for target in settings.targets:
        if page_of(url) in map(page_of, target.urls):
            raise UsageError(f"{url} is watched already, as {target.key}")


def _understood(page: Page) -> Iterator[str]:
    from monitor.cli.extract import facts
    from storage.records import ClauseKind

    known = facts(page)
    hard = [clause for clause in page.reading.extraction.clauses if not clause.soft]
    if not hard:
        raise InputUnreadable(
            f"{page.address}: nothing on the page counts as its text;"
            f" `policywatch extract {page.address}` shows what there is"
        )
    yield f"{'address:':<16}{page.address}"
    yield f"{'title:':<16}{known['title'] or 'not stated'}"
    yield f"{'words:':<16}{known['words']:,} in {len(hard):,} clauses"
    for name in ("language", "stated_date", "effective_date"):
        yield f"{name.replace('_', ' ') + ':':<16}{known[name] or 'not stated'}"
    headings = [clause.text for clause in hard if clause.kind is ClauseKind.HEADING]
    for index, text in enumerate(headings[:HEADINGS_SHOWN]):
        yield f"{'' if index else 'headings:':<16}{text}"
    for warning in known["warnings"]:
        yield f"{'warning:':<16}{warning}"
    if known["words"] < FEW_WORDS:
        yield f"{'warning:':<16}so few words: is this the document? `policywatch extract` shows them"


def _proposal(
    url: str,
    page: Page,
    settings: Settings,
    service: str | None,
    kind: str | None,
    variant: str | None,
    every: str | None,
) -> Proposal:
    """What is asked for, else what the page suggests; refused where neither says enough."""
    from monitor.proposal import Proposal, propose_kind, propose_place
    from storage.records import ClauseKind

    extraction = page.reading.extraction
    headings = [clause.text for clause in extraction.clauses if clause.kind is ClauseKind.HEADING]
    kind = kind or propose_kind(url, extraction.title, headings)
    if kind is None:
        raise UsageError(f"{url}: its title does not say what kind of document it is; name it with --kind")
    language, region = propose_place(url)
    proposal = Proposal(
        url=url,
        service=_service(url, extraction.title, settings, service),
        kind=kind,
        variant=variant,
        language=extraction.language or language,
        region=region,
        every=every,
    )
    if any(target.key == proposal.key for target in settings.targets):
        raise UsageError(f"{proposal.key} is watched already; tell this document apart with --variant")
    return proposal


def _service(url: str, title: str, settings: Settings, wanted: str | None) -> Service:
    from monitor.proposal import Service, propose_service, service_named

    known = [(Service(target.service, target.service_id), target.urls[0]) for target in settings.targets]
    if wanted is not None:
        found = service_named(wanted, [service for service, _ in known])
    else:
        found = propose_service(url, title, known)
    if found is None:
        raise UsageError(f"{url}: no name of a service can be made of this; name it with --service")
    return found


def _agreed() -> bool:
    """Whether the person at the terminal says yes; without a terminal nobody can."""
    if not sys.stdin.isatty():
        raise UsageError("nothing was written: there is no terminal to ask on; say --yes")
    return typer.confirm("Write this?", default=False)


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in text.splitlines())


def _next_steps(proposal: Proposal, file: Path, documents: int) -> Iterator[str]:
    yield f"written to {file}; the configuration is fine, with {documents} documents"
    yield "Next:"
    yield f"  policywatch check {proposal.key} --dry-run     look at it once, store and send nothing"
    yield "  policywatch validate                 after every edit by hand"
    yield "  systemctl reload policywatch         so that a running daemon watches it"
