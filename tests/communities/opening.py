"""Files opened by the product's own code of the box, without a process for each: a thousand take a thousand starts."""

import importlib.util
import io
import resource
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from communities.spreadsheet import box


def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on every file is opened here, with no limits of memory and time."""
    spec = importlib.util.find_spec(box.__name__)
    code = spec.loader.get_code(box.__name__)  # type: ignore[union-attr]

    def run(command: list[str], *, input: bytes, **_more: Any) -> SimpleNamespace:
        written = io.BytesIO()
        with pytest.MonkeyPatch.context() as inside:
            inside.setattr(sys, "argv", command[2:])
            inside.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(input)))
            inside.setattr(sys, "stdout", SimpleNamespace(buffer=written, flush=lambda: None))
            inside.setattr(resource, "setrlimit", lambda *_: None)
            exec(code, {"__name__": "__main__", "__file__": box.__file__})
        return SimpleNamespace(stdout=written.getvalue(), stderr=b"", returncode=0)

    here = SimpleNamespace(run=run, TimeoutExpired=subprocess.TimeoutExpired)
    monkeypatch.setattr(box, "subprocess", here)
