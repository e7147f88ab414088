"""Plays a plan against the real daemon, and hands back what happened and what the daemon made of it."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from storage.database import Database
from storage.errors import StorageError
from tests.acceptance.world import COMMAND, wait_until
from tests.soak.archive import Archive, read_archive
from tests.soak.configuration import SLACK_VARIABLE, Configuration
from tests.soak.ledger import Ending, Ledger, Ran, Window
from tests.soak.machine import Machine, small_disk
from tests.soak.model import FULL, KILLS, READER, Act, Deed, Fault, Place, Plan
from tests.soak.receivers import MailServer, Trap, Webhook
from tests.soak.site import Sites
from tests.soak.supervisor import Supervisor

BAD_CONFIGURATION = "bad configuration"
_FIRST_READING_SECONDS = 180.0
_TRAP_SHARE_OF_DAY = 0.15
"""How long a trap waits for a message before it kills without one."""

_RELOAD_SECONDS = 10.0
_COMMAND_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Outcome:
    ledger: Ledger
    archive: Archive
    ending: Ending
    can_fill: bool


Step = tuple[float, Callable[[], None]]


@dataclass
class Run:
    """The parts of a run under way."""

    plan: Plan
    folder: Path
    database: Path
    ledger: Ledger
    sites: Sites
    mail: MailServer
    chat: Webhook
    trap: Trap
    configuration: Configuration
    supervisor: Supervisor
    machine: Machine
    can_fill: bool
    began: dict[Fault, float] = field(default_factory=dict)
    beside: list[threading.Thread] = field(default_factory=list)
    backups: list[Path] = field(default_factory=list)


def play(plan: Plan, folder: Path) -> Outcome:
    """Run the whole plan; takes the seconds of its setting, and those of the first reading."""
    with opened(plan, folder) as run:
        _wait_for_first_reading(run)
        run.ledger.begin = time.time()
        for at, step in timeline(run):
            _wait(run, run.ledger.begin + at)
            run.ledger.lag = max(run.ledger.lag, time.time() - run.ledger.begin - at)
            step()
        _wait(run, run.ledger.begin + plan.setting.seconds)
        for thread in run.beside:
            thread.join(_COMMAND_SECONDS)
        run.ledger.end = time.time()
        ending = _end(run)
        return Outcome(run.ledger, read_archive(run.database, plan), ending, run.can_fill)


@contextmanager
def opened(plan: Plan, folder: Path) -> Iterator[Run]:
    ledger = Ledger()
    with ExitStack() as stack:
        disk = folder / "disk"
        can_fill = stack.enter_context(small_disk(disk, wanted=FULL in plan.setting.faults))
        database = disk / "policywatch.db"
        trap = Trap(ledger)
        sites = stack.enter_context(Sites(plan, ledger))
        mail = stack.enter_context(MailServer(ledger, trap))
        chat = stack.enter_context(Webhook(ledger, trap))
        configuration = Configuration(folder / "config.toml", database, plan, sites, mail)
        configuration.write()
        supervisor = Supervisor(folder, configuration.path, {SLACK_VARIABLE: chat.url}, ledger)
        trap.victim = supervisor
        stack.enter_context(supervisor)
        machine = Machine(database, supervisor)
        yield Run(
            plan,
            folder,
            database,
            ledger,
            sites,
            mail,
            chat,
            trap,
            configuration,
            supervisor,
            machine,
            can_fill,
        )


def timeline(run: Run) -> list[Step]:
    """Every step with its second, in order."""
    faults = [fault for fault in run.plan.faults if fault.kind != FULL or run.can_fill]
    steps: list[Step] = [
        *((edit.at, partial(run.sites.say, edit.document, edit.revision)) for edit in run.plan.edits),
        *((fault.begin, partial(_begin, run, fault)) for fault in faults),
        *((fault.end, partial(_cease, run, fault)) for fault in faults),
        *((act.at, partial(_do, run, act, number)) for number, act in enumerate(run.plan.acts)),
    ]
    return sorted(steps, key=lambda step: step[0])


def _begin(run: Run, fault: Fault) -> None:
    run.began[fault] = time.time()
    match fault.place:
        case Place.SITE:
            run.sites.fail(fault.document, fault.kind)
        case Place.MAIL:
            run.mail.fail(fault.kind)
        case Place.CHAT:
            run.chat.fail(fault.kind)
        case Place.MACHINE:
            run.machine.begin(fault.kind)


def _cease(run: Run, fault: Fault) -> None:
    match fault.place:
        case Place.SITE:
            run.sites.fail(fault.document, None)
        case Place.MAIL:
            run.mail.fail(None)
        case Place.CHAT:
            run.chat.fail(None)
        case Place.MACHINE:
            run.machine.end(fault.kind)
    window = Window(fault.kind, run.began[fault], time.time(), fault.document)
    if fault.place is Place.SITE:
        run.ledger.broken.append(window)
    elif fault.place is Place.MACHINE and fault.kind != READER:
        run.ledger.hindered.append(window)


def _do(run: Run, act: Act, number: int) -> None:
    if act.deed in KILLS:
        _kill(run, act)
    elif act.deed is Deed.RELOAD:
        run.configuration.turn()
        run.supervisor.ready().send_signal(signal.SIGHUP)
        run.ledger.reloads.append(act.deed)
    elif act.deed is Deed.BAD_RELOAD:
        _aside(run, lambda: _reload_badly(run, number))
    elif act.deed is Deed.CHECK:
        _aside(run, lambda: _command(run, "check", run.plan.setting.watched[act.document].key))
    else:
        backup = run.folder / f"backup-{number}.db"
        run.backups.append(backup)
        _aside(run, lambda: _command(run, "backup", str(backup)))


def _kill(run: Run, act: Act) -> None:
    if act.deed is Deed.KILL:
        run.supervisor.kill(act.pause)
        run.ledger.kills.append(act.deed)
        return
    run.trap.set(act)
    timer = threading.Timer(_TRAP_SHARE_OF_DAY * run.plan.setting.day, run.trap.expire, [act])
    timer.start()
    run.beside.append(timer)


def _reload_badly(run: Run, number: int) -> None:
    process = run.supervisor.ready()
    begun, readies = time.time(), run.supervisor.readies
    run.configuration.spoil(number)
    process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + _RELOAD_SECONDS
    while process.poll() is None and run.supervisor.readies == readies and time.monotonic() < deadline:
        time.sleep(0.1)
    run.configuration.write()
    run.ledger.reloads.append(Deed.BAD_RELOAD)
    run.ledger.hindered.append(Window(BAD_CONFIGURATION, begun, time.time()))


def _aside(run: Run, work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    run.beside.append(thread)


def _command(run: Run, *arguments: str) -> None:
    begun = time.time()
    done = subprocess.run(
        [*COMMAND, "--config", str(run.configuration.path), *arguments],
        capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=False, env=run.supervisor.environment,
    )  # fmt: skip
    said = f"{done.stdout}{done.stderr}"
    run.ledger.ran.append(Ran(arguments[0], begun, time.time(), done.returncode, said))


def _wait(run: Run, until: float) -> None:
    while (left := until - time.time()) > 0:
        run.supervisor.note_memory()
        time.sleep(min(left, 1.0))


def _wait_for_first_reading(run: Run) -> None:
    def is_read() -> bool:
        with suppress(sqlite3.Error), contextlib.closing(_look(run.database)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM appearances").fetchone()
            return bool(count == run.plan.setting.documents)
        return False

    wait_until(is_read, "the first reading of every document", _FIRST_READING_SECONDS)


def _look(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)


def _end(run: Run) -> Ending:
    code, seconds, memory = run.supervisor.stop()
    time.sleep(1.0)  # the reading processes see the end of their input
    _let_a_day_pass(run)
    with contextlib.closing(_look(run.database)) as connection:
        (integrity,) = connection.execute("PRAGMA integrity_check").fetchone()
    return Ending(
        code=code,
        seconds=seconds,
        memory=memory,
        tracebacks=run.supervisor.log.read_text(encoding="utf-8").count("Traceback"),
        left_processes=run.supervisor.left_processes(),
        integrity=integrity,
        bad_backups=[str(path) for path in run.backups if path.exists() and not _is_good(path)],
    )


def _let_a_day_pass(run: Run) -> None:
    """What waits because so much was told lately goes out: a real day does not fit into a run."""
    with contextlib.closing(sqlite3.connect(run.database, timeout=30)) as connection, connection:
        connection.execute("UPDATE deliveries SET next_attempt_at = 0 WHERE state = 'pending'")
    _command(run, "check", run.plan.setting.watched[0].key)


def _is_good(backup: Path) -> bool:
    try:
        database = Database.open_as_it_is(backup)
        try:
            database.check()
        finally:
            database.close()
    except StorageError:
        return False
    return True
