"""The configuration: from TOML to typed settings, with every problem at once and each at its line."""

from monitor.config.files import find_config
from monitor.config.load import default_settings, default_web, load_config, load_web
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
    Web,
    WebhookChannel,
    WebSettings,
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
    "Web",
    "WebSettings",
    "WebhookChannel",
    "default_settings",
    "default_web",
    "find_config",
    "load_config",
    "load_web",
]
