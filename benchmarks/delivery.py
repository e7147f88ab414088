"""Counts what is lost and what comes twice when receivers are down, refuse, lie or lose their answers.

    python benchmarks/delivery.py [--kills N] [ROW...]

One scenario for each row D1 to D16, H3 and H4 of docs/faults.md: alerts out of real checks, an aiosmtpd
server with TLS and login, scripted mail servers for what aiosmtpd does not do wrong, a Slack-like endpoint that
refuses what Slack would refuse, and a clock that runs as fast as the work does. Row A2 kills the
daemon N times between a mail server's taking a message and its saying so. Prints a table; ends with 1 if
anything was lost, came twice without a lost answer or a kill, or was asked for within a pause that a server had
asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.post_office import ANN, BOB, EVE, PASSWORD, Counted, Office, office
from monitor.doctor import watching
from monitor.doctor.model import Result
from monitor.history import History
from notifiers.answers import LONGEST_PAUSE_SECONDS
from storage.records import AlertKind, Delivery, DeliveryState
from tests.acceptance.world import AFTER, BEFORE, World, wait_until
from tests.monitor.stage import audience
from tests.servers.http import SiteServer
from tests.servers.program import Program
from tests.servers.slack import Answer, SlackServer
from tests.servers.smtp import (
    DROP,
    HOST,
    Certificates,
    KillingSmtpServer,
    Script,
    ScriptedSmtpServer,
    SmtpServer,
)

THREE = ("acme/terms", "bolt/terms", "cargo/terms")
Row = Callable[[Office], Awaitable[Counted]]


async def down_for_hours(world: Office) -> Counted:
    world.smtp.stop()
    for number in (1, 2):
        for document in THREE:
            await world.change(document, number)
    await world.work(hours=3)
    await world.work(hours=3)
    back = world.stage.clock()
    world.smtp.start()
    await world.work(hours=2)
    late = max(each.finished_at for each in _mails(world) if each.finished_at) - back
    return world.counted(f"all there {late.total_seconds() / 60:.0f} min after 6 h, over a restart")


async def greylisted(world: Office) -> Counted:
    world.audience = audience(mail=(ANN, BOB, EVE), chat=("webhook",))
    with _scripted(world, Script(replies={f"RCPT {BOB}": ["450 4.2.0 greylisted"] * 3})) as server:
        await world.changes(*THREE)
        await world.work(hours=2)
    tried = Counter(re.findall(r"RCPT TO:<(\w+)@", "\n".join(server.lines)))
    return world.counted("tries: " + ", ".join(f"{name} {count}" for name, count in sorted(tried.items())))


async def put_off(world: Office) -> Counted:
    replies: dict[str, str | list[str | None] | None] = {
        "MAIL": ["421 closing", "451 later"], "DATA": ["452 full", "421 closing"],
    }  # fmt: skip
    with _scripted(world, Script(replies=replies)):
        await world.changes(*THREE)
        await world.work(hours=2)
    return world.counted(f"{_tries(world)} tries for {len(_mails(world))} mails")


async def refused_for_good(world: Office) -> Counted:
    with _scripted(world, Script(replies={f"RCPT {ANN}": ["550 gone", "554 no", "552 full"]})) as server:
        await world.changes(*THREE)
        await world.work(hours=2)
    again = sum(f"TO:<{ANN}>" in line for line in server.lines) - 3
    return world.counted(f"3 dead, {again} tries more, each reported in Slack")


async def lost_after_the_dot(world: Office) -> Counted:
    with _scripted(world, Script(content=DROP)) as server:
        await world.change(THREE[0])
        await world.work(seconds=1, step=1)
        server.script.content = "250 taken"
        await world.work(hours=1)
    return world.counted("the second copy has the same Message-ID", cuts=2)


async def silent_banner(world: Office) -> Counted:
    with _scripted(world, Script(banner=None), timeout_seconds=1.0) as server:
        await world.change(THREE[0])
        began = time.monotonic()
        await world.work(seconds=1, step=1)
        took, told = time.monotonic() - began, len(world.slack.accepted)
        server.script.banner = "220 ready"
        await world.work(hours=1)
    return world.counted(f"gave up after {took:.1f} s of 1 s; {told} told in Slack meanwhile")


async def no_tls(world: Office) -> Counted:
    bare = ScriptedSmtpServer(Script(extensions=("AUTH PLAIN LOGIN",)))
    with bare:
        world.mail_over(bare, tls="starttls", username="watch", password=lambda: PASSWORD)
        await world.change(THREE[0])
        await world.work(minutes=10)
    for context in (world.certificates.server(HOST, expired=True), world.certificates.server("other.test")):
        with SmtpServer(context=context, username="watch", password=PASSWORD) as bad:
            world.mail_over(bad)
            await world.work(minutes=10)
    world.mail_over(world.smtp)
    await world.work(hours=1)
    return world.counted(f"{bare.plain_auth_bytes} bytes of a login in plain text")


async def login_refused(world: Office) -> Counted:
    world.mail_over(world.smtp, password=lambda: "wrong")
    await world.changes(*THREE)
    await world.work(minutes=239)
    tries = len(world.smtp.logins)
    world.mail_over(world.smtp)
    await world.work(hours=1)
    return world.counted(f"{tries / 4:.1f} logins an hour while it was refused")


async def too_big(world: Office) -> Counted:
    script = Script(extensions=("8BITMIME", "SIZE 10240"), most_bytes=10_240)
    with _scripted(world, script) as server:
        await world.change(THREE[0], text="We may do so for every purpose. " * 1_000)
        await world.work(minutes=10)
        largest = max(len(each.content) for each in server.messages)
    return world.counted(f"the largest mail has {largest / 1000:.1f} KB of the 10.2 that it takes")


async def asked_for_patience(world: Office) -> Counted:
    for number, value in enumerate(("7", "60", "", "86400"), start=1):
        at = format_datetime(world.stage.clock() + timedelta(seconds=60), usegmt=True)
        headers = {"Retry-After": at if value == "60" else value} if value else {}
        world.slack.script = [Answer(429, "rate_limited", headers)]
        await world.change(f"service-{number}/terms")
        await world.work(seconds=LONGEST_PAUSE_SECONDS + 60, step=1)
    pauses = [
        (later - at).total_seconds()
        for (at, answer), (later, _) in zip(world.slack.asked, world.slack.asked[1:], strict=False)
        if answer.status == 429
    ]
    return world.counted("waited " + ", ".join(f"{each:.0f}" for each in pauses) + " s; looked each second")


async def slack_fails(world: Office) -> Counted:
    world.slack.script = [Answer(500), Answer(503), Answer(504)]
    await world.change(THREE[0])
    await world.work(hours=1)
    world.slack.stop()
    await world.change(THREE[1])
    await world.work(minutes=10)
    world.slack.start()
    await world.work(hours=1)
    taken = [each for each in world.slack.posts if each.answer.status == 504]
    return world.counted("500, 503, 504 although taken, refused connections", cuts=1, taken=taken)


async def blocks_refused(world: Office) -> Counted:
    words = ("invalid_blocks", "msg_blocks_too_long", "no_text", "invalid_payload")
    for number, word in enumerate(words, start=1):
        world.slack.script = [Answer(400, word)]
        await world.change(f"service-{number}/terms")
        await world.work(minutes=1)
    plain = sum("blocks" not in each.payload for each in world.slack.accepted)
    return world.counted(f"{plain} of {len(words)} told in plain form, at once")


async def webhook_gone(world: Office) -> Counted:
    for number, answer in enumerate(
        (Answer(404, "no_service"), Answer(410, "channel_is_archived"), Answer(403, "action_prohibited"))
    ):
        world.slack.script = [answer]
        await world.change(f"service-{number}/terms")
        await world.work(hours=1)
    asked = len(world.slack.posts) - len(world.slack.accepted)
    return world.counted(f"3 dead after {asked} requests, each reported by mail")


async def not_ok(world: Office) -> Counted:
    world.slack.script = [Answer(200, "<html>please log in</html>"), Answer(302, "", {"Location": "/login"})]
    await world.change(THREE[0])
    await world.work(seconds=1, step=1)
    states = {each.state for each in _deliveries(world) if each.channel == "chat"}
    await world.work(hours=1)
    wrong = int(DeliveryState.SENT in states)
    return world.counted(f"{wrong} called sent that was not")


async def poison(world: Office) -> Counted:
    hostile = "\u2028Subject: x\x0bBcc: evil@example.com\x85&#xd800; <!channel> \u202ekcatta " + "W" * 5_000
    await world.change(THREE[0], text=hostile)
    await world.changes(*THREE[1:])
    await world.work(minutes=10)
    held = sum(each.state is not DeliveryState.SENT for each in _deliveries(world))
    return world.counted(f"{held} held up")


async def all_channels_dead(world: Office) -> Counted:
    world.smtp.stop()
    world.slack.stop()
    await world.changes(*THREE)
    began, seen = world.stage.clock(), None
    while seen is None:
        await world.work(minutes=10, step=600)
        if _is_told_by_status(world):
            seen = world.stage.clock() - began
    await world.work(hours=6)
    world.smtp.start()
    world.slack.start()
    await world.work(hours=2)
    return world.counted(f"`status` ends with 1 after {seen.total_seconds() / 60:.0f} min")


async def storm(world: Office) -> Counted:
    for number in range(10):
        await world.changes(*(f"service-{number}-{each}/terms" for each in range(10)))
        await world.work(minutes=3)
    await world.work(hours=2)
    mails = Counter(str(each.mail["To"]) for each in world.mails)
    told = f"{max(mails.values())} mails to each, {len(world.slack.accepted)} messages in Slack"
    return world.counted(f"100 documents in half an hour: {told}")


async def noisy_document(world: Office) -> Counted:
    first, hours = world.stage.clock(), 24 / 50
    for number in range(1, 101):
        await world.change(THREE[0], number)
        await world.work(hours=hours, step=hours * 3600)
    await world.work(hours=25, step=1800)
    days = Counter((at - first).days for at, answer in world.slack.asked if answer == Answer())
    return world.counted(f"50 changes a day: {max(days.values())} messages a day at the most")


ROWS: dict[str, tuple[str, Row]] = {
    "D1": ("mail server down for 6 h", down_for_hours),
    "D2": ("one of three greylisted", greylisted),
    "D3": ("421, 451, 452", put_off),
    "D4": ("550, 554, 552", refused_for_good),
    "D5": ("lost after the final dot", lost_after_the_dot),
    "D6": ("no banner", silent_banner),
    "D7": ("no TLS, expired, another name", no_tls),
    "D8": ("login refused for 4 h", login_refused),
    "D9": ("server takes 10 KB", too_big),
    "D10": ("429, four kinds of Retry-After", asked_for_patience),
    "D11": ("Slack fails", slack_fails),
    "D12": ("blocks refused", blocks_refused),
    "D13": ("webhook gone", webhook_gone),
    "D14": ("200 without ok, 302", not_ok),
    "D15": ("text that breaks mails", poison),
    "D16": ("every channel down", all_channels_dead),
    "H3": ("storm", storm),
    "H4": ("noisy document", noisy_document),
}


def killed(kills: int) -> Counted:
    """The daemon is killed so often between a server's taking a mail and its saying so."""
    program = Program()
    copies = [count for _ in range(kills) for count in _killed_once(program)]
    program.close()
    twice = sum(count - 1 for count in copies)
    return Counted(
        2 * kills, 2 * kills - len(copies), twice, kills, 0, "the second copy has the same Message-ID"
    )


def _killed_once(program: Program) -> list[int]:
    """How many copies came of each mail."""
    with tempfile.TemporaryDirectory() as name, SiteServer(BEFORE) as site, SlackServer() as slack:
        certificates = Certificates(Path(name))
        context = certificates.server(HOST)
        with KillingSmtpServer(context=context, username="watch", password=PASSWORD) as smtp:
            world = World(Path(name), site, smtp, slack, certificates, program)
            world.write_config()
            world.config.write_text(f'baseline = "off"\n{world.config.read_text()}')
            world.run("check")
            site.pages |= AFTER
            with world.daemon() as process:
                smtp.victim = process
                wait_until(lambda: process.poll() is not None, "the kill")
            with world.daemon():
                wait_until(lambda: world.log().count("delivery_sent channel=mail") == 2, "both mails")
            return [*Counter(str(mail.mail["Message-ID"]) for mail in smtp.messages).values()]


@contextmanager
def _scripted(world: Office, script: Script, **changes: float) -> Iterator[ScriptedSmtpServer]:
    with ScriptedSmtpServer(script) as server:
        world.mail_over(server, **changes)
        yield server


def _deliveries(world: Office) -> list[Delivery]:
    return [each for alert in world.stage.alerts(AlertKind.CHANGE) for each in alert.deliveries]


def _mails(world: Office) -> list[Delivery]:
    return [each for each in _deliveries(world) if each.channel == "mail"]


def _tries(world: Office) -> int:
    return sum(each.attempts for each in _mails(world))


def _is_told_by_status(world: Office) -> bool:
    now = world.stage.clock()
    with History.open(world.stage.database.path) as history:
        found = watching.outbox(history.outbox(now), now, watching.DELIVERED_WITHIN)
        failing = watching.channels(history.channel_troubles(), now)
    return Result.ERROR in (found.result, failing.result)


def measure(rows: list[str]) -> Iterator[tuple[str, str, Counted]]:
    for name in rows:
        title, row = ROWS[name]

        async def run(row: Row = row) -> Counted:
            with tempfile.TemporaryDirectory() as folder:
                async with office(Path(folder)) as world:
                    return await row(world)

        yield name, title, asyncio.run(run())


def report(name: str, title: str, found: Counted) -> str:
    cells = (found.deliveries, found.lost, f"{found.twice} of {found.cuts}", found.in_pause, found.note)
    return f"| {name} | {title} | {' | '.join(map(str, cells))} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="only these (default: all)")
    arguments = parser.parse_args()
    kept = []
    print("| row | fault | deliveries | lost | twice, of answers lost | asked in a pause | besides |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for name, title, found in measure([name for name in ROWS if name in (arguments.rows or ROWS)]):
        print(report(name, title, found), flush=True)
        kept.append(found.is_kept)
    if not arguments.rows or "A2" in arguments.rows:
        found = killed(arguments.kills)
        print(report("A2", f"{arguments.kills} kills between send and mark", found), flush=True)
        kept.append(found.is_kept)
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
