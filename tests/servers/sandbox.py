"""Puts a process into what the unit's sandbox is in the kernel, as far as that works without systemd.

As a program: `python sandbox.py SYSTEM_CALLS FAMILIES COMMAND...`, both lists with commas. It loads the filters
that systemd would load, through libseccomp, then becomes COMMAND. A system call outside the list kills.
"""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from typing import NoReturn

ALLOW, KILL = 0x7FFF0000, 0x80000000
EQUAL, MASKED_EQUAL = 4, 7
WRITE, EXEC = 2, 4
PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN = 65, 1
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}
MOST_FAMILIES = 46
REFUSED_IN_WORDS = ("adjtimex", "clock_adjtime")
"""Asked for and refused: how the clock stands is then seen otherwise (monitor/clock.py)."""


class Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp` of seccomp_rule_add(3)."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


class Filter:
    """One seccomp filter: what happens by default, and exceptions from it."""

    def __init__(self, default: int) -> None:
        self._library = ctypes.CDLL("libseccomp.so.2")
        self._library.seccomp_init.restype = ctypes.c_void_p
        self._context = ctypes.c_void_p(self._library.seccomp_init(ctypes.c_uint32(default)))

    def add(self, action: int, name: str, *comparisons: Comparison) -> None:
        number = self._library.seccomp_syscall_resolve_name(name.encode())
        if number < 0:  # of another architecture
            return
        listed = (Comparison * len(comparisons))(*comparisons)
        self._do("seccomp_rule_add_array", ctypes.c_uint32(action), number, len(comparisons), listed)

    def load(self) -> None:
        self._do("seccomp_load")

    def _do(self, function: str, *arguments: object) -> None:
        failed = getattr(self._library, function)(self._context, *arguments)
        if failed:
            raise OSError(-failed, f"{function}: {os.strerror(-failed)}")


def refuse(number: int) -> int:
    """The action that lets a call fail with this error."""
    return 0x00050000 | number


def deny_memory_that_is_written_and_run() -> None:
    """MemoryDenyWriteExecute=, as systemd 252 does it, and by prctl(2) where the kernel has that (6.3)."""
    ctypes.CDLL(None).prctl(PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)
    memory = Filter(ALLOW)
    memory.add(KILL, "mmap", Comparison(2, MASKED_EQUAL, WRITE | EXEC, WRITE | EXEC))
    for name in ("mprotect", "pkey_mprotect"):
        memory.add(KILL, name, Comparison(2, MASKED_EQUAL, EXEC, EXEC))
    memory.load()


def restrict_address_families(names: Iterable[str]) -> None:
    """RestrictAddressFamilies=: sockets of any other family fail as not supported."""
    kept = {FAMILIES[name] for name in names}
    families = Filter(ALLOW)
    for family in set(range(MOST_FAMILIES)) - kept:
        families.add(refuse(errno.EAFNOSUPPORT), "socket", Comparison(0, EQUAL, family, 0))
    families.load()


def restrict_system_calls(names: Iterable[str]) -> None:
    calls = Filter(KILL)
    for name in names:
        calls.add(ALLOW, name)
    for name in REFUSED_IN_WORDS:
        calls.add(refuse(errno.EPERM), name)
    calls.load()


@cache
def expanded(name: str) -> frozenset[str]:
    """The system calls that a set such as @system-service stands for on this machine's systemd."""
    if not name.startswith("@"):
        return frozenset([name])
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True
    ).stdout
    members = [line.strip() for line in listed.splitlines()[1:]]
    return frozenset().union(*(expanded(each) for each in members if each and not each.startswith("#")))


def system_calls(filters: Iterable[str]) -> frozenset[str]:
    """What is left by the unit's lines of SystemCallFilter=, in their order."""
    left: frozenset[str] = frozenset()
    for line in filters:
        named = frozenset().union(*(expanded(name) for name in line.removeprefix("~").split()))
        left = left - named if line.startswith("~") else left | named
    return left | expanded("@default")


def main(calls: str, families: str, *command: str) -> NoReturn:
    deny_memory_that_is_written_and_run()
    restrict_address_families(families.split(","))
    restrict_system_calls(calls.split(","))
    os.execv(command[0], command)  # noqa: S606 (the command under test)


if __name__ == "__main__":
    main(*sys.argv[1:])
