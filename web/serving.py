"""Serves the history browser until told to stop; the only home of uvicorn."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from datetime import datetime
from types import FrameType

import uvicorn

from monitor.config import WebSettings
from monitor.errors import NotPermitted, Unavailable
from monitor.history import History
from monitor.log import Log
from monitor.systemd import ServiceManager
from web.app import application

MOST_AT_ONCE = 512
"""Connections; whoever comes beyond that is told to try again (503)."""

_IDLE_SECONDS = 10
_ENDING_SECONDS = 5


def serve(settings: WebSettings, clock: Callable[[], datetime], log: Log, manager: ServiceManager) -> None:
    """Answer until SIGTERM or SIGINT.

    Raises:
        StorageError: there is no database, or it cannot be read.
        Unavailable: somebody else listens there. NotPermitted: we may not.
    """
    with History.open(settings.database) as history, listening(settings.web.host, settings.web.port) as door:
        host, port = door.getsockname()[:2]
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"

        def when_ready() -> None:
            log.info("browser_ready", address=address, database=settings.database)
            manager.ready()
            manager.status(f"Listens on {address}")

        app = application(settings, history, clock, log, when_ready)
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="on",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            limit_concurrency=MOST_AT_ONCE,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_ENDING_SECONDS,
        )
        # uvicorn ends in order, and then raises the signal again for whoever waited for it before: nobody.
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, _heeded)
        uvicorn.Server(config).run(sockets=[door])
        manager.stopping()


def _heeded(_signal: int, _frame: FrameType | None) -> None:
    pass


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 is any that is free.

    Raises:
        Unavailable: somebody else does. NotPermitted: we may not.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, port))
        door.listen(MOST_AT_ONCE)
    except OSError as error:
        door.close()
        refused = NotPermitted if isinstance(error, PermissionError) else Unavailable
        raise refused(
            f"{host}:{port} cannot be listened on ({(error.strerror or 'it failed').lower()});"
            " name another address with --listen"
        ) from error
    return door
