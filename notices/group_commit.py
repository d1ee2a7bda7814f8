"""Rows that threads of one process want written at the same moment, written by one of them in one statement.

A commit waits for the disk. Whoever comes while one is under way leaves the row and waits for its turn; the next
turn writes all rows left so far, and the others find theirs written. Alone, a row waits for nobody.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from django.db import connection

Row = TypeVar("Row")


class _Left(Generic[Row]):
    """A row, whether it is committed, and what hindered it."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.is_committed = False
        self.error: BaseException | None = None


class GroupCommit(Generic[Row]):
    """`add` returns when the row is committed, and raises what `write` raised for the rows it was among."""

    def __init__(self, write: Callable[[Sequence[Row]], None], limit: int = 200) -> None:
        self._write = write
        self._limit = limit
        self._left: deque[_Left[Row]] = deque()
        self._turn = threading.Lock()

    def add(self, row: Row) -> None:
        """Have the row written. Inside a transaction of the caller it is written there, alone: nobody else's row
        may hang on whether that one commits."""
        if connection.in_atomic_block:
            return self._write([row])
        mine = _Left(row)
        self._left.append(mine)
        with self._turn:
            while not (mine.is_committed or mine.error):
                self._write_some()
        if mine.error:
            raise mine.error
        return None

    def _write_some(self) -> None:
        # Only the thread whose turn it is takes from the left end, so what it counts is there.
        some = [self._left.popleft() for _ in range(min(len(self._left), self._limit))]
        try:
            self._write([one.row for one in some])
        except BaseException as error:  # also of a thread that is being ended: the others must not wait for it
            for one in some:
                one.error = error
            if not isinstance(error, Exception):
                raise
        else:
            for one in some:
                one.is_committed = True
