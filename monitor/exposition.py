"""PURE: every metric that there is, and how they are written for Prometheus (text format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from monitor import metrics
from storage.metrics import Series

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

STALE = "policywatch_document_stale"
LAST_SUCCESS = "policywatch_document_last_success_timestamp_seconds"
DOCUMENTS = "policywatch_documents"
VERSIONS = "policywatch_versions_total"
ALERTS = "policywatch_alerts_total"
SUPPRESSED = "policywatch_notifications_suppressed_total"
OUTBOX_PENDING = "policywatch_outbox_pending"
OUTBOX_AGE = "policywatch_outbox_oldest_age_seconds"
OUTBOX_DEAD = "policywatch_outbox_dead"
DB_SIZE = "policywatch_db_size_bytes"
WAL_SIZE = "policywatch_wal_size_bytes"
RUNNING = "policywatch_daemon_running"
STARTED = "policywatch_daemon_start_timestamp_seconds"
ALIVE = "policywatch_daemon_last_sign_of_life_timestamp_seconds"
BUILD = "policywatch_build_info"


@dataclass(frozen=True, slots=True)
class Family:
    """A metric with all its series; a summary has two, `_sum` and `_count`."""

    name: str
    kind: Literal["counter", "gauge", "summary"]
    help: str

    @property
    def members(self) -> tuple[str, ...]:
        return (f"{self.name}_sum", f"{self.name}_count") if self.kind == "summary" else (self.name,)


FAMILIES = (
    Family(metrics.CHECKS, "counter", "Checks by how they ended."),
    Family("policywatch_check_duration_seconds", "summary", "How long checks took."),
    Family(DOCUMENTS, "gauge", "Documents by state."),
    Family(LAST_SUCCESS, "gauge", "When each watched document was last seen."),
    Family(STALE, "gauge", "1 while people are told that a document is not seen."),
    Family(VERSIONS, "counter", "Versions that are kept."),
    Family(ALERTS, "counter", "Alerts of our own checks by severity."),
    Family(metrics.NOTIFICATIONS, "counter", "Tries to hand a message to a channel."),
    Family(
        metrics.NOTIFICATIONS_FAILED, "counter", "Tries that failed, for the channel's or the recipient's sake."
    ),
    Family(SUPPRESSED, "counter", "Words to somebody that were not told on purpose, by reason."),
    Family(metrics.RENDER_FALLBACKS, "counter", "Messages that went out in their plain form."),
    Family(OUTBOX_PENDING, "gauge", "Deliveries that are open."),
    Family(OUTBOX_AGE, "gauge", "Age of the oldest open delivery, 0 if there is none."),
    Family(OUTBOX_DEAD, "gauge", "Deliveries that were given up."),
    Family(metrics.PINGS, "counter", "Turns of the dead man's switch by result."),
    Family(metrics.RELOAD, "gauge", "1 if the configuration in force is the one that was last read."),
    Family(RUNNING, "gauge", "1 while the daemon runs."),
    Family(STARTED, "gauge", "When the daemon that ran last was started."),
    Family(ALIVE, "gauge", "When it last gave a sign of life."),
    Family(DB_SIZE, "gauge", "Size of the database."),
    Family(WAL_SIZE, "gauge", "Size of what is not yet taken into it."),
    Family(BUILD, "gauge", "1, with the versions in use."),
)


def exposition(samples: Mapping[Series, float]) -> str:
    """The text form; samples of metrics that are not known are left out."""
    return "".join(f"{line}\n" for family in FAMILIES for line in _lines(family, samples))


def _lines(family: Family, samples: Mapping[Series, float]) -> Iterator[str]:
    found = [(series, value) for series, value in samples.items() if series.name in family.members]
    if not found:
        return
    yield f"# HELP {family.name} {family.help}"
    yield f"# TYPE {family.name} {family.kind}"
    for series, value in found:
        labels = ",".join(f'{name}="{_escaped(text)}"' for name, text in series.labels)
        yield f"{series.name}{{{labels}}} {_number(value)}" if labels else f"{series.name} {_number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
