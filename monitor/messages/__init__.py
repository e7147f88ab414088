"""PURE: from what happened to what people read: a notice becomes a message for mail and for Slack."""

from monitor.messages.names import title_of_change, title_of_return, title_of_sight
from monitor.messages.render import render, render_plainly, render_report
from monitor.messages.sheets import rows_of_report

__all__ = [
    "render",
    "render_plainly",
    "render_report",
    "rows_of_report",
    "title_of_change",
    "title_of_return",
    "title_of_sight",
]
