"""`policywatch explain`: why a change alerted, or why it stayed silent."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.output import safe

if TYPE_CHECKING:
    from monitor.history import AlertWithDeliveries, WholeIncident
    from storage.records import ChangeRecord, Delivery


def register(app: typer.Typer) -> None:
    app.command(
        "explain", epilog="Example: policywatch explain 12   or   policywatch explain linkedin/privacy-policy@3"
    )(explain)


def explain(
    context: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(metavar="ALERT|KEY@REF", help="An alert's number, or a change by document and version."),
    ],
) -> None:
    """Tell step by step what was seen, which rules fired on what, and who was told."""
    from monitor.refs import parse_key

    with context.obj.history() as history:
        if subject.isdigit():
            alert = history.alert(int(subject))
            lines = _alert_lines(alert)
            lines += _incident_lines(alert, history.incident(int(subject))) if alert.incident else []
            lines += _change_lines(alert.change, history.promise(alert.change)) if alert.change else []
        else:
            key, reference = parse_key(subject)
            _, change = history.change_at(key, reference)
            lines = _change_lines(change, history.promise(change))
    sys.stdout.write("\n".join(safe(line) for line in lines) + "\n")


def _alert_lines(found: AlertWithDeliveries) -> list[str]:
    from monitor.views import iso

    alert = found.alert
    lines = [
        f"Alert {alert.id}: {alert.title}",
        f"  severity {alert.severity.value}, status {alert.status.value}, origin {alert.origin}",
    ]
    if alert.details.get("members"):
        lines.append("  summary of the alerts " + ", ".join(str(member) for member in alert.details["members"]))
    if alert.details.get("error"):
        lines.append(f"  because {alert.details['error']}")
    if "last_good" in alert.details:
        lines.append(
            f"  not seen since {alert.details['since']}, last good look {alert.details['last_good'] or 'never'}"
        )
    if alert.details.get("awaits_summary"):
        lines.append("  waits until every document was read once, to be told in one summary")
    lines += [_delivery_line(delivery) for delivery in found.deliveries]
    if not found.deliveries:
        lines.append("  told to nobody: no route matched, or it was imported or is part of a summary")
    lines += [f"  assigned to {alert.assignee}"] if alert.assignee else []
    lines += [
        f"  {iso(entry.at)} {entry.action} by {entry.author}{f': {entry.text}' if entry.text else ''}"
        for entry in found.entries
    ]
    return lines


def _incident_lines(found: AlertWithDeliveries, whole: WholeIncident) -> list[str]:
    others = [each.alert for each in whole.alerts if each.alert.id != found.alert.id]
    lines = [f"  part of incident {whole.incident.number}, also changed:"] if others else []
    lines += [f"    {alert.title} (alert {alert.id})" for alert in others]
    lines += ["  in the same week, on the same topics:"] if whole.same_week else []
    return [*lines, *(f"    {each.alert.title} (alert {each.alert.id})" for each in whole.same_week)]


def _delivery_line(delivery: Delivery) -> str:
    from monitor.views import iso

    to = f"  {'reminder ' if delivery.reminder else ''}to {delivery.recipient} over {delivery.channel}"
    if delivery.silence_id is not None:
        return f"{to}: kept back by silence {delivery.silence_id}"
    tries = f"{delivery.attempts} {'try' if delivery.attempts == 1 else 'tries'}"
    waits = f", due {iso(delivery.due_at)}" if not delivery.attempts and delivery.carrier_id is None else ""
    shared = f", in message {delivery.carrier_id}" if delivery.carrier_id is not None else f" after {tries}"
    error = f"; {delivery.last_error}" if delivery.last_error else ""
    return f"{to}: {delivery.state.value}{shared}{waits}{error}"


def _change_lines(change: ChangeRecord, promise: str) -> list[str]:
    from monitor.views import iso

    lines = [
        f"Change {change.document}@{change.number}"
        + (f" (from version {change.previous})" if change.previous else " (first version)"),
        f"  cause {change.cause.value}: {_CAUSES[change.cause.value]}",
        f"  the old text was last seen {iso(change.previous_seen_at) or 'never'}",
        f"  the new text was first seen {iso(change.captured_at)}",
        f"  {change.added} added, {change.removed} removed, {change.edited} edited, {change.moved} moved",
    ]
    lines += [f"  flags: {', '.join(change.flags)}"] if change.flags else []
    lines += [f"  notice promised: {promise}"] if promise else []
    for finding in change.findings:
        lines.append(
            f"  rule {finding.rule} ({finding.severity.value}) fired, {finding.effect}: {finding.reason}"
        )
        lines.append(f"    matched: {', '.join(finding.matched)}")
        lines.append(f"    under: {' > '.join(finding.heading) or '(no heading)'}")
        lines += [f"    before: {finding.before}"] if finding.before else []
        lines += [f"    now: {finding.quote}"] if finding.quote else []
    if not change.findings:
        lines.append(f"  silent: {_SILENT.get(change.cause.value, _SILENT['page_changed'])}")
    return lines


_SILENT = {
    "first": "no rule matches this first text, or baselines are off (or it was imported)",
    "returned": "what stood there before is no news, unless it undoes an alert and the page does not flap",
    "reextracted": "nothing changed on the page",
    "page_changed": "no rule matches a clause that was added, removed or edited in substance",
}

_CAUSES = {
    "first": "the first text read of this document, the baseline for all that follows",
    "page_changed": "the page's text is one never seen before",
    "returned": "the page went back to a text it had before; only who was told of what that undoes is told",
    "reextracted": "our extractor changed, not the page; this never alerts",
}
