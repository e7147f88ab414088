"""`policywatch ack`, `assign`, `note`, `resolve`, `reopen`: what people do about alerts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.output import safe

if TYPE_CHECKING:
    from monitor.work import Action

Numbers = Annotated[list[int], typer.Argument(metavar="ALERT...", help="The numbers of the alerts.")]
Number = Annotated[int, typer.Argument(metavar="ALERT", help="The alert's number.")]
By = Annotated[str | None, typer.Option("--by", help="Who does it (default: the user's login name).")]
Note = Annotated[str, typer.Option("--note", help="Why, in a sentence.")]


def register(app: typer.Typer) -> None:
    app.command("ack", epilog="Example: policywatch ack 12 --note 'reading it today'")(ack)
    app.command("assign", epilog="Example: policywatch assign 12 ann")(assign)
    app.command("note", epilog="Example: policywatch note 12 'asked their DPO'")(note)
    app.command("resolve", epilog="Example: policywatch resolve 12 13 --note 'no action needed'")(resolve)
    app.command("reopen", epilog="Example: policywatch reopen 12")(reopen)


def ack(context: typer.Context, alerts: Numbers, by: By = None, text: Note = "") -> None:
    """Acknowledge alerts: somebody has seen them, and nobody is reminded any more."""
    from monitor.work import Action

    _act(context, alerts, Action.ACKNOWLEDGE, by, text)


def assign(
    context: typer.Context,
    alert: Number,
    person: Annotated[str, typer.Argument(help="Whose business it is from now on.")],
    by: By = None,
) -> None:
    """Say whose business an alert is."""
    from monitor.work import Action

    _act(context, [alert], Action.ASSIGN, by, person)


def note(
    context: typer.Context,
    alert: Number,
    text: Annotated[str, typer.Argument(help="What is to be remembered.")],
    by: By = None,
) -> None:
    """Write a note into an alert's history."""
    from monitor.work import Action

    _act(context, [alert], Action.NOTE, by, text)


def resolve(context: typer.Context, alerts: Numbers, by: By = None, text: Note = "") -> None:
    """Resolve alerts: nothing more is to be done. They are reopened if their document changes again."""
    from monitor.work import Action

    _act(context, alerts, Action.RESOLVE, by, text)


def reopen(context: typer.Context, alerts: Numbers, by: By = None, text: Note = "") -> None:
    """Make alerts new again."""
    from monitor.work import Action

    _act(context, alerts, Action.REOPEN, by, text)


def login_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in some containers
        import os

        return f"user {os.getuid()}"


def _act(context: typer.Context, alerts: Sequence[int], action: Action, by: str | None, text: str) -> None:
    from monitor.app import utc_now
    from monitor.work import act

    with context.obj.writing() as database:
        for alert_id in dict.fromkeys(alerts):
            done = act(database, alert_id, action, by or login_name(), text, utc_now())
            said = "" if done.changed else "already "
            who = f" to {done.alert.assignee}" if action.value == "assigned" else ""
            sys.stdout.write(safe(f"alert {alert_id} {said}{action.value}{who}: {done.alert.title}\n"))
