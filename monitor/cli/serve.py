"""`policywatch serve`: the history browser."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.config import WebSettings


def register(app: typer.Typer) -> None:
    app.command("serve", epilog="Example: policywatch --database archive.db serve")(serve)


def serve(
    context: typer.Context,
    listen: Annotated[
        str | None,
        typer.Option("--listen", help="Address and port, such as 127.0.0.1:8470; port 0: any."),
    ] = None,
) -> None:
    """Show the archive in a browser, and let people work the alerts there, until told to stop."""
    from monitor.app import utc_now
    from monitor.log import Redactor, listen_to_libraries, make_log
    from monitor.systemd import ServiceManager
    from web.serving import serve

    settings = _listening(context.obj.web_settings(), listen)
    redactor = Redactor(token.reveal() for token in settings.web.users.values())
    log = make_log(verbose=context.obj.verbose, redactor=redactor)
    listen_to_libraries(log)
    serve(settings, utc_now, log, ServiceManager.of(os.environ, os.getpid()))


def _listening(settings: WebSettings, listen: str | None) -> WebSettings:
    """With --listen in place of what the configuration says; what it says of who may ask holds all the same."""
    from ipaddress import ip_address

    from monitor.config.types import parse_listen

    if listen is None:
        return settings
    try:
        host, port = parse_listen(listen)
    except ValueError as error:
        raise UsageError(f"--listen {listen}: {error}") from error
    web = settings.web
    if not ip_address(host).is_loopback and not web.users and web.user_header is None:
        raise UsageError(
            f"--listen {listen}: whoever reaches this address could read everything and work the alerts;"
            " give each person a token under [web.users] of the configuration, or name the header in"
            " which a proxy says who asks (user_header)"
        )
    return replace(settings, web=replace(web, host=host, port=port))
