"""PURE: from what happened to what people read: a notice becomes a message for mail and for Slack."""

from monitor.messages.names import title_of_change, title_of_return, title_of_sight
from monitor.messages.render import render, render_plainly

__all__ = ["render", "render_plainly", "title_of_change", "title_of_return", "title_of_sight"]
