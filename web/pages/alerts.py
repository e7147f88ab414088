"""The alerts: a list that is worked through, and each one with all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.errors import UsageError
from monitor.messages.passages import passages_of
from monitor.work import Action
from storage import inbox
from storage.records import AlertKind, AlertStatus, Finding, Severity
from web.paging import whole_number
from web.rendering import page
from web.site import address_of, site_of

ON_A_PAGE = 50
QUOTED = 2

STATUSES: dict[str, tuple[AlertStatus, ...]] = {
    "new": (AlertStatus.NEW,),
    "open": (AlertStatus.NEW, AlertStatus.ACKNOWLEDGED),
    "resolved": (AlertStatus.RESOLVED,),
    "all": tuple(AlertStatus),
}
STATUS_NAMES = {
    "new": "unread", "open": "open (unread or acknowledged)", "resolved": "resolved", "all": "all",
}  # fmt: skip
SEVERITIES = {"": "any", "high": "high", "medium": "medium or more", "low": "low or more"}
DONE: dict[str, str] = {
    Action.ACKNOWLEDGE: "Acknowledged.",
    Action.ASSIGN: "Assigned.",
    Action.NOTE: "Your note is in its history.",
    Action.RESOLVE: "Resolved.",
    Action.REOPEN: "Open again.",
}
_FIELDS = ("service", "kind", "document", "topic", "assignee")


def alerts(request: Request) -> Response:
    asked = dict(request.query_params)
    wanted = _wanted(asked)
    with site_of(request).history.reading() as reading:
        found = inbox.page(reading, wanted, ON_A_PAGE + 1)
        counts = inbox.counts(reading)
    listed = found[:ON_A_PAGE]
    return page(
        request,
        "alerts.html",
        {
            "entries": listed,
            "quotes": {entry.id: _quotes(entry.findings) for entry in listed},
            "older": listed[-1].id if len(found) > ON_A_PAGE else None,
            "asked": asked,
            "status": asked.get("status", "open"),
            "statuses": STATUS_NAMES,
            "severities": SEVERITIES,
            "counts": counts,
            "done": _done(asked),
            "here": address_of(request),
        },
    )


def alert(request: Request) -> Response:
    site, asked = site_of(request), dict(request.query_params)
    found = site.history.alert(request.path_params["number"])
    findings = found.change.findings if found.change else ()
    return page(
        request,
        "alert.html",
        {
            "alert": found.alert,
            "change": found.change,
            "passages": list(passages_of(findings, is_change=found.alert.kind is not AlertKind.BASELINE)),
            "incident": found.incident,
            "deliveries": found.deliveries,
            "entries": found.entries,
            "actions": _actions(found.alert.status),
            "done": _done(asked),
        },
    )


def _wanted(asked: Mapping[str, str]) -> inbox.Wanted:
    status, severity = asked.get("status", "open"), asked.get("severity") or "info"
    if status not in STATUSES:
        raise UsageError(f"there is no status {status!r}; one of {', '.join(STATUSES)}")
    if severity not in list(Severity):
        raise UsageError(f"there is no severity {severity!r}; one of {', '.join(Severity)}")
    texts = {name: asked.get(name, "").strip() or None for name in _FIELDS}
    return inbox.Wanted(
        STATUSES[status],
        Severity(severity),
        **texts,
        before=whole_number(asked.get("before")),
        message=whole_number(asked.get("message")),
    )


def _quotes(findings: Sequence[Finding]) -> list[tuple[str | None, str | None]]:
    """What its first findings quote, now and before; several may be on one clause."""
    return list(dict.fromkeys((finding.quote, finding.before) for finding in findings))[:QUOTED]


def _actions(status: AlertStatus) -> list[Action]:
    """What can be done to an alert as it stands, besides assigning it and noting something."""
    return {
        AlertStatus.NEW: [Action.ACKNOWLEDGE, Action.RESOLVE],
        AlertStatus.ACKNOWLEDGED: [Action.RESOLVE, Action.REOPEN],
        AlertStatus.RESOLVED: [Action.REOPEN],
    }[status]


def _done(asked: Mapping[str, str]) -> str:
    """What is said after something was done; only words of ours, whatever the address says."""
    return DONE.get(asked.get("done", ""), "")


routes = [Route("/alerts", alerts), Route("/alerts/{number:int}", alert)]
