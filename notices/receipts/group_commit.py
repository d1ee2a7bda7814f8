"""Rows that threads of one process want written at the same moment, written by one of them in one statement.

A commit waits for the disk. Whoever comes while one is under way leaves the row and sleeps; when it is done, the
first of those who wait writes all rows left so far, and the others wake up to find theirs written. A row that comes
alone waits for nobody. One lock for whose turn it is would be shorter, but then those whose row is written queue for
it together with those who would write, and groups stay as small as two. Groups grow with the threads a web process
has: 16 of them stored a tenth to a fifth more than 8, and the page of a household was no slower for it.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from django.db import connection

Row = TypeVar("Row")


class _Left(Generic[Row]):
    """A row and the lock its thread sleeps on. It wakes to a written row, to an error, or to its turn to write."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.is_written = False
        self.error: BaseException | None = None
        self.wake = threading.Lock()  # an Event would be told more than once, and costs several times as much
        self.wake.acquire()


class GroupCommit(Generic[Row]):
    """`add` returns when the row is committed, and raises what `write` raised for the rows it was among."""

    def __init__(self, write: Callable[[Sequence[Row]], None], limit: int = 200) -> None:
        self._write = write
        self._limit = limit
        self._lock = threading.Lock()  # of the two below
        self._left: deque[_Left[Row]] = deque()
        self._is_writing = False

    def add(self, row: Row) -> None:
        """Have the row written. Inside a transaction of the caller it is written there, alone: nobody else's row
        may hang on whether that one commits."""
        if connection.in_atomic_block:
            return self._write([row])
        mine = _Left(row)
        with self._lock:
            self._left.append(mine)
            is_my_turn = not self._is_writing
            self._is_writing = True
        if not is_my_turn:
            mine.wake.acquire()
        if not (mine.is_written or mine.error):
            self._write_some()
        if mine.error:
            raise mine.error
        return None

    def _write_some(self) -> None:
        """Write what is left, the caller's row first, and pass the turn on."""
        with self._lock:
            some = [self._left.popleft() for _ in range(min(len(self._left), self._limit))]
        try:
            self._write([one.row for one in some])
            for one in some:
                one.is_written = True
        except BaseException as error:  # also of a thread that is being ended: the others must not sleep on
            for one in some:
                one.error = error
        finally:
            with self._lock:
                following = self._left[0] if self._left else None
                self._is_writing = following is not None
            for one in (*some, *([following] if following else [])):
                one.wake.release()
