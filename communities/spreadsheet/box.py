"""A file is opened in a short-lived process of its own, which may take so much memory and time and no more.

Inside are only the readers of file formats, nothing of Django, no secrets, no database. A file made to hurt
ends that process and nothing else; what comes out is JSON: for each sheet a line about it, a line per bundle of rows,
and one with the cells that were too long. No text that comes out is longer than MAX_CELL.
"""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from communities.spreadsheet.book import MAX_CELL, MAX_ROWS, Grid, Unreadable

MEMORY = 320 * 1024 * 1024  # of address space; with its parent it stays below 512 MB
SECONDS = 8
MAX_OUTPUT = 48 * 1024 * 1024  # 60,000 rows of 20 columns are about 20 MB
_BUNDLE = 500
_LONGEST_NAME = 100  # of a sheet; Excel takes 31 letters
_AS_THEY_ARE = ("is_hidden", "unread", "merges", "fonts", "errors", "comments")
_HEADINGS = 200  # rows of a full book that are titles, headers and signatures

_ROOT = Path(__file__).parents[2]


def grids(content: bytes, filename: str) -> list[Grid]:
    """The sheets of a file, read in the box. Raises Unreadable."""
    command = [sys.executable, "-m", "communities.spreadsheet.box", filename[-100:]]
    try:
        ended = subprocess.run(
            command, input=content, capture_output=True, timeout=SECONDS, check=False, cwd=_ROOT,
            env=environment(),
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Unreadable("TOO_HEAVY") from error
    lines = ended.stdout.splitlines()
    del content
    if not lines or lines[-1] != b"{}":  # ended from outside, or by its own limits
        is_out_of_memory = b"emory" in ended.stderr[-2000:]
        is_stopped = ended.returncode in (-6, -9, -24)  # SIGABRT, SIGKILL, SIGXCPU
        raise Unreadable("TOO_HEAVY" if is_out_of_memory or is_stopped else "DAMAGED")
    ended.stdout = b""
    return _unpacked(lines)


def environment() -> dict[str, str]:
    """What the process in the box is told: where Python is, and none of our secrets."""
    passed = {name: os.environ[name] for name in ("PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**passed, "PYTHONUTF8": "1", "MALLOC_ARENA_MAX": "1"}


def _unpacked(lines: list[bytes]) -> list[Grid]:
    found: list[Grid] = []
    seen: dict[str, str] = {}
    lines.reverse()
    while lines:
        part = json.loads(lines.pop())
        if isinstance(part, list):
            for row in part:
                for i, value in enumerate(row):
                    if isinstance(value, str):
                        row[i] = seen.setdefault(value, value)
                    elif isinstance(value, list):
                        row[i] = _day(value)
            found[-1].rows += part
        elif "refused" in part:
            raise Unreadable(part["refused"], **part["details"])
        elif "cut" in part:
            found[-1].cut = [(row, column) for row, column in part["cut"]]
        elif part:
            found.append(_grid(part))
    return found


def _grid(told: dict[str, Any]) -> Grid:
    return Grid(
        told["name"],
        is_hidden=told["is_hidden"],
        merges=sorted(
            {(top, left): (top, left, bottom, right) for top, left, bottom, right in told["merges"]}.values()
        ),
        hidden_rows=frozenset(told["hidden_rows"]),
        hidden_columns=frozenset(told["hidden_columns"]),
        fonts={int(row): {int(column): font for column, font in cells.items()} for row, cells in told["fonts"].items()},
        errors=[tuple(error) for error in told["errors"]],
        struck=frozenset(told["struck"]),
        comments=[(row, column, text) for row, column, text in told["comments"]],
        unread=told["unread"],
    )


def _day(value: list[int]) -> date | str:
    try:
        return date(*value)
    except ValueError:
        return "/".join(str(part) for part in reversed(value))


# --- inside the box ---------------------------------------------------------------------------------------


def _confine() -> None:
    """Give up memory and time beyond what a household list takes, and core dumps."""
    try:
        import resource
    except ImportError:
        return
    wanted = ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0))
    for what, limit in wanted:
        try:
            resource.setrlimit(what, (limit, limit))
        except (ValueError, OSError):
            continue


def _shortened(values: list[Any]) -> list[int]:
    """Cut what is longer than MAX_CELL; returns in which columns."""
    long = [i for i, value in enumerate(values) if isinstance(value, str) and len(value) > MAX_CELL]
    for i in long:
        values[i] = values[i][:MAX_CELL]
    return long


def _serve() -> None:
    """Read a file from standard input, write its sheets to standard output, “{}” at the end."""
    _confine()
    out = sys.stdout.buffer
    written = 0

    def tell(part: Any) -> None:
        nonlocal written
        line = json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        written += len(line)
        if written > MAX_OUTPUT:
            raise Unreadable("TOO_HEAVY")
        out.write(line)

    try:
        from communities.spreadsheet import grids as reader

        rows = 0
        for grid, cells in reader.read(sys.stdin.buffer.read(), sys.argv[1]):
            told = {name: getattr(grid, name) for name in _AS_THEY_ARE}
            told |= {name: list(getattr(grid, name)) for name in ("hidden_rows", "hidden_columns", "struck")}
            tell({**told, "name": grid.name[:_LONGEST_NAME]})
            bundle: list[list[Any]] = []
            blank = 0
            cut: list[tuple[int, int]] = []
            for number, values in enumerate(cells):
                cut += [(number, column) for column in _shortened(values)]
                while values and (values[-1] == "" or (isinstance(values[-1], str) and not values[-1].strip())):
                    values.pop()
                if not values:
                    blank += 1
                    continue
                rows += 1
                if rows + min(blank, MAX_ROWS) > MAX_ROWS + _HEADINGS:
                    raise Unreadable("TOO_MANY_ROWS", limit=MAX_ROWS)
                bundle.extend([] for _ in range(blank))
                bundle.append(values)
                blank = 0
                if len(bundle) >= _BUNDLE:
                    tell(bundle)
                    bundle = []
            if bundle:
                tell(bundle)
            if cut:
                tell({"cut": cut})
        tell({})
    except Unreadable as refused:
        out.write(json.dumps({"refused": refused.kind, "details": refused.details}).encode() + b"\n{}\n")
    except MemoryError:
        out.write(b'{"refused":"TOO_HEAVY","details":{}}\n{}\n')
    except BaseException as error:  # a panic of a reader is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        out.write(b'{"refused":"DAMAGED","details":{}}\n{}\n')
    out.flush()


if __name__ == "__main__":
    _serve()
