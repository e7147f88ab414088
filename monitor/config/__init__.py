"""The configuration: from TOML to typed settings, with every problem at once and each at its line."""

from monitor.config.files import find_config
from monitor.config.load import default_settings, load_config
from monitor.config.secret import Secret
from monitor.config.settings import (
    ChannelSettings,
    EmailChannel,
    Fetch,
    Settings,
    SlackChannel,
    Storage,
    Target,
)

__all__ = [
    "ChannelSettings",
    "EmailChannel",
    "Fetch",
    "Secret",
    "Settings",
    "SlackChannel",
    "Storage",
    "Target",
    "default_settings",
    "find_config",
    "load_config",
]
