"""The configuration: from TOML to typed settings, with every problem at once and each at its line."""

from monitor.config.files import find_config
from monitor.config.load import default_settings, load_config
from monitor.config.secret import Secret
from monitor.config.settings import (
    AppriseChannel,
    ChannelSettings,
    EmailChannel,
    Fetch,
    Settings,
    SlackBotChannel,
    SlackChannel,
    Storage,
    Target,
    WebhookChannel,
)

__all__ = [
    "AppriseChannel",
    "ChannelSettings",
    "EmailChannel",
    "Fetch",
    "Secret",
    "Settings",
    "SlackBotChannel",
    "SlackChannel",
    "Storage",
    "Target",
    "WebhookChannel",
    "default_settings",
    "find_config",
    "load_config",
]
