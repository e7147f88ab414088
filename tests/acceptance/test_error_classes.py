"""Rows E1 to E17: an operator sees of every fault what kind it is, and the daemon lives on."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping

from tests.acceptance.world import World, wait_until
from tests.servers.http import RawConnection, RawServer, Script, response
from tests.servers.ports import free_port

DOCUMENT = '[[services.documents]]\nkind = "terms"\nvariant = "{name}"\nurl = "{url}"\nevery = "1h"\n'
HOSTS = {"tls": "127.0.0.2", "silent": "127.0.0.3"}


def silent(connection: RawConnection) -> None:
    connection.wait_until_closed()


PAGES: Mapping[str, Script | bytes] = {
    "/robots.txt": response(status="404 Not Found"),
    "/truncated": response("<p>cut", headers={"Content-Length": "5000"}),
    "/too_large": response(headers={"Content-Length": "99999999999"}),
    "/http_403": response("no robots, please", status="403 Forbidden"),
    "/http_451": response("not in your country", status="451 Unavailable For Legal Reasons"),
    "/http_500": response("oops", status="500 Internal Server Error"),
    "/http_503": response("busy", status="503 Service Unavailable"),
    "/protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "/encoding": response(b"x", headers={"Content-Encoding": "br"}),
    "/redirect": response(status="302 Found", headers={"Location": "/redirect"}),
    "/timeout": silent,
}


def test_every_class_of_fault_is_seen_in_status_while_the_healthy_page_is_read(world: World) -> None:
    tls: ssl.SSLContext = world.certificates.server("somebody.else.test")
    with RawServer(PAGES) as site, RawServer(b"", host=HOSTS["tls"], tls=tls) as foreign:
        urls = {path[1:]: site.url(path) for path in PAGES if path != "/robots.txt"}
        urls |= {
            "dns": "http://nowhere.invalid/",
            "connect": f"http://127.0.0.4:{free_port()}/",
            "tls": foreign.url("/"),
            "blocked_address": "http://169.254.169.254/",
            "healthy": world.site.url("/faq"),
        }
        listed = "".join(DOCUMENT.format(name=name.replace("_", "-"), url=url) for name, url in urls.items())
        world.write_config(documents=listed)
        text = world.config.read_text(encoding="utf-8")
        world.config.write_text(
            text.replace("retries = 0", "retries = 0\ntotal_seconds = 3.0\nconnect_seconds = 2.0")
        )
        with world.daemon() as process:
            wait_until(
                lambda: world.log().count("event=check_finished") >= len(urls), "a look at each", seconds=90
            )
            assert process.poll() is None
    found = json.loads(world.run("status", "--format", "json", expect=1).stdout)
    classes = {row["document"].rpartition("/")[2]: row["error_class"] for row in found["trouble"]}
    assert classes == {name.replace("_", "-"): name for name in urls if name != "healthy"}
    assert all(row["reason"].isprintable() for row in found["trouble"])
    world.environment["COLUMNS"] = "250"
    table = world.run("status", expect=1).stdout
    assert all(name in table for name in classes.values())
    assert found["documents"] == {"failing": len(urls) - 1, "ok": 1}
