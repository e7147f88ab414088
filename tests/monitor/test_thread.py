"""Writes that wait at the same time share a transaction, and a fault among them stays with its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from monitor.thread import DatabaseThread

Work = Callable[[list[str]], str]


class Book:
    """Transactions over a list of lines: all of one are kept, or none."""

    def __init__(self) -> None:
        self.kept: list[list[str]] = []
        self.refuses = False

    @contextmanager
    def write(self) -> Iterator[list[str]]:
        lines: list[str] = []
        yield lines
        if self.refuses:
            raise OSError("the disk is full")
        self.kept.append(lines)


def noting(line: str) -> Work:
    def note(lines: list[str]) -> str:
        lines.append(line)
        return line.upper()

    return note


def failing(lines: list[str]) -> str:
    lines.append("half of it")
    raise ValueError("another process wrote in between")


@pytest.fixture
def thread() -> Iterator[DatabaseThread]:
    thread = DatabaseThread()
    yield thread
    thread.close()


async def all_at_once(thread: DatabaseThread, book: Book, *works: Work) -> list[str | BaseException]:
    """Ask for these writes while the thread is busy with something else."""
    begin = threading.Event()
    busy = asyncio.create_task(thread(begin.wait))
    asked = [asyncio.create_task(thread.write(book.write, work)) for work in works]
    await asyncio.sleep(0)
    begin.set()
    await busy
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_writes_that_wait_are_kept_by_one_transaction_in_their_order(thread: DatabaseThread) -> None:
    book = Book()
    assert await all_at_once(thread, book, noting("a"), noting("b"), noting("c")) == ["A", "B", "C"]
    assert book.kept == [["a", "b", "c"]]
    assert await thread.write(book.write, noting("d")) == "D"
    assert book.kept == [["a", "b", "c"], ["d"]]


async def test_one_that_fails_is_told_so_and_takes_nobody_with_it(thread: DatabaseThread) -> None:
    book = Book()
    first, second, third = await all_at_once(thread, book, noting("a"), failing, noting("c"))
    assert (first, third) == ("A", "C")
    assert isinstance(second, ValueError)
    assert book.kept == [["a"], ["c"]]


async def test_a_transaction_that_cannot_be_kept_fails_for_all_that_were_in_it(thread: DatabaseThread) -> None:
    book = Book()
    book.refuses = True
    ended = await all_at_once(thread, book, noting("a"), noting("b"))
    assert [str(each) for each in ended] == ["the disk is full"] * 2
    assert book.kept == []


async def test_who_is_cancelled_while_waiting_keeps_nobody_from_the_answer(thread: DatabaseThread) -> None:
    book = Book()
    begin = threading.Event()
    busy = asyncio.create_task(thread(begin.wait))
    given_up, other = (asyncio.create_task(thread.write(book.write, noting(line))) for line in ("a", "b"))
    await asyncio.sleep(0)
    given_up.cancel()
    begin.set()
    await busy
    assert await other == "B"
    assert book.kept == [["a", "b"]]


async def test_databases_have_transactions_of_their_own(thread: DatabaseThread) -> None:
    one, other = Book(), Book()
    begin = threading.Event()
    busy = asyncio.create_task(thread(begin.wait))
    asked = [
        asyncio.create_task(thread.write(book.write, noting(line)))
        for book, line in ((one, "a"), (other, "b"), (one, "c"))
    ]
    await asyncio.sleep(0)
    begin.set()
    await busy
    await asyncio.gather(*asked)
    assert (one.kept, other.kept) == ([["a", "c"]], [["b"]])
