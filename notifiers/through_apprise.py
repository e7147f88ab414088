"""Sends the short form of a message over a service that Apprise knows; needs `policywatch[apprise]`."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from notifiers.base import DeliveryError, Message, Notifier
from notifiers.headers import header_text
from notifiers.secrets import revealed

TIMEOUT_SECONDS = 60.0
NOT_INSTALLED = "Apprise is not installed; install policywatch[apprise]"


@dataclass(frozen=True, slots=True)
class AppriseSettings:
    """`url` is a getter for an address in Apprise's form (`ntfy://topic`), which holds the service's keys."""

    url: Callable[[], str] = field(repr=False)


def is_installed() -> bool:
    return importlib.util.find_spec("apprise") is not None


class AppriseNotifier(Notifier):
    """One address as a channel; the recipient is only a label.

    A hundred services have a hundred markups, and nothing here could show that page text mentions nobody and
    links nowhere in all of them. So they get the short form, which holds none. Apprise says neither why nor for
    how long a service refused; every failure is worth another try, until the delivery is given up.
    """

    def __init__(self, settings: AppriseSettings) -> None:
        self._settings = settings

    async def send(self, message: Message, recipient: str) -> None:  # noqa: ARG002 - see the class
        service = await asyncio.to_thread(self._service)  # the first time takes seconds
        name = header_text(str(service.service_name))
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                accepted = await asyncio.to_thread(_notify, service, message)
        except TimeoutError:
            reason = f"{name} did not answer within {TIMEOUT_SECONDS:g} seconds"
            raise DeliveryError(reason, transient=True, channel_wide=True) from None
        except Exception as error:  # noqa: BLE001 (plug-ins raise what they like, with the address in it)
            reason = f"{name} failed: {type(error).__name__}"
            raise DeliveryError(reason, transient=True, channel_wide=True) from None
        if not accepted:
            reason = f"{name} did not accept it; Apprise does not say why"
            raise DeliveryError(reason, transient=True, channel_wide=True)

    async def probe(self) -> str:
        """Apprise has no way to ask without sending: this proves that it understands the address."""
        service = await asyncio.to_thread(self._service)
        name = header_text(str(service.service_name))
        return f"Apprise knows the address as {name}; whether it works, only a message shows"

    def _service(self) -> Any:
        if not is_installed():
            raise DeliveryError(NOT_INSTALLED, transient=True, channel_wide=True)
        import apprise

        logging.getLogger("apprise").disabled = True  # it logs answers, which may repeat the address
        url = revealed(self._settings.url, "the address for Apprise")
        asset = apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY)
        asset.app_id, asset.app_desc, asset.app_url = "policywatch", "policywatch", ""
        service = apprise.Apprise.instantiate(url, asset=asset)
        if service is None:
            raise DeliveryError(
                "Apprise does not know this kind of address", transient=False, channel_wide=True
            )
        return service


def _notify(service: Any, message: Message) -> bool:
    import apprise

    sender = apprise.Apprise()
    sender.add(service)
    return bool(
        sender.notify(
            title=header_text(message.subject),
            body=message.fallback.encode("utf-8", "replace").decode("utf-8"),
            body_format=apprise.NotifyFormat.TEXT,
        )
    )
