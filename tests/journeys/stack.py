"""The product as its users have it: real servers, web, workers, beat and sandbox, as processes of their own.

Nothing is shared with the test's own database; what happened is read from the outside, by `manage.py` and
from the sandbox's list.
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from notices.sandbox.client import SandboxClient

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent


class Stack:
    """A product under a data folder of its own, on free ports."""

    def __init__(self, data_dir: Path) -> None:
        port, sandbox_port = free_port(), free_port()
        ours = ("DATABASE_URL", "REDIS_URL", "PUBLIC_BASE_URL", "ALLOWED_HOSTS", "DEMO")
        self.environ = {
            **{name: value for name, value in os.environ.items() if name not in ours},
            "DATA_DIR": str(data_dir),
            "PORT": str(port),
            "SANDBOX_PORT": str(sandbox_port),
            "PATH": f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', '')}",
        }
        self.url = f"http://localhost:{port}"
        self.sandbox = SandboxClient(f"http://127.0.0.1:{sandbox_port}")
        self.log = data_dir / "stack.log"

    def manage(self, *command: str) -> str:
        """What a management command prints. Raises CalledProcessError with its stderr."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=self.environ, capture_output=True, text=True
        )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
        return done.stdout

    def status(self, notice: int | str) -> dict[str, Any]:
        """`notice_status --json`."""
        return json.loads(self.manage("notice_status", str(notice), "--json"))

    @contextmanager
    def process(self, *command: str) -> Iterator[subprocess.Popen]:
        """A process in a group of its own for the length of the block; stopped with its children at the end."""
        with open(self.log, "a") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdout=output, stderr=output, start_new_session=True
            )
        try:
            yield process
        finally:
            stop(process)

    def wait_for_web(self) -> None:
        """Until the first page answers."""
        wait_until(lambda: answers(f"{self.url}/healthz"), 90, "the web server", self.log)

    def wait_for_sandbox(self) -> None:
        """Until the sandbox answers."""
        wait_until(lambda: answers(f"{self.sandbox.url}/messages.json?limit=1"), 60, "the sandbox", self.log)


@contextmanager
def folder() -> Iterator[Path]:
    """A short-named data folder; unix sockets allow no long ones."""
    path = Path(tempfile.mkdtemp(prefix="tn-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def whole_product() -> Iterator[Stack]:
    """Everything, as `make run` starts it where the demo ward has been made before."""
    with ExitStack() as stack:
        data_dir = stack.enter_context(folder())
        subprocess.run(["cp", "-a", f"{demo_data()}/.", str(data_dir)], check=True)  # the owner too
        product = Stack(data_dir)
        stack.enter_context(product.process(sys.executable, "manage.py", "start"))
        product.wait_for_web()
        product.wait_for_sandbox()
        yield product


def demo_data() -> Path:
    """A data folder with the demo ward, its servers stopped. The first test process of a run that asks makes it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    kept = (ROOT / os.environ["DATA_DIR"]).resolve()
    made = kept / f"demo-{run[:12]}"
    with open(kept / "demo.lock", "w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not made.exists():
            for earlier in kept.glob("demo-*"):
                shutil.rmtree(earlier)
            with folder() as data_dir:
                product = Stack(data_dir)
                with product.process(sys.executable, "manage.py", "shell", "-c", "import time; time.sleep(600)"):
                    product.manage("translations", "--compile")
                    product.manage("migrate", "--verbosity=0")
                    product.manage("load_units")
                    product.manage("seed_demo")
                subprocess.run(["cp", "-a", str(data_dir), f"{made}.part"], check=True)
            Path(f"{made}.part").rename(made)
    return made


def stop(process: subprocess.Popen, seconds: float = 30) -> None:
    """Ask a process to end, as Ctrl-C does; end it with its group if it does not."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def kill(process: subprocess.Popen) -> None:
    """SIGKILL to a process and its children, as a machine out of memory does."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def answers(url: str) -> bool:
    """Whether anything but an error comes back."""
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except OSError:
        return False
    return True


def wait_until(holds: Callable[[], Any], seconds: float, what: str, log: Path | None = None) -> None:
    """Until something holds. Raises TimeoutError, with the end of the log.

    A look that starts a program is dear; it is taken less often, so that watching leaves the machine to the watched.
    """
    deadline = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        if holds():
            return
        now = time.monotonic()
        if now > deadline:
            tail = log.read_text()[-3000:] if log and log.exists() else ""
            raise TimeoutError(f"{what}: not within {seconds} s\n{tail}")
        time.sleep(max(0.1, 2 * (now - began)))


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
