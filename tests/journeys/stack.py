"""The product as its users have it: real servers, web, workers, beat and sandbox, as processes of their own.

Nothing is shared with the test's own database; what happened is read from the outside, by management commands and
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
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from notices.sandbox.client import SandboxClient
from portal import embedded
from tests.schema import digest

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
        self._console: subprocess.Popen | None = None
        self._one_at_a_time = threading.Lock()

    @contextmanager
    def console(self) -> Iterator[None]:
        """Management commands for the length of the block; the embedded servers stay up with them."""
        with open(self.log, "a") as errors:
            self._console = subprocess.Popen(
                [sys.executable, "-m", "tests.journeys.console"], cwd=ROOT, env=self.environ, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True,
            )  # fmt: skip
        try:
            yield
        finally:
            self._console.stdin.close()
            self._console.wait(60)

    def manage(self, *command: str) -> str:
        """What a management command prints, given to the console. Raises RuntimeError when it failed."""
        with self._one_at_a_time:
            self._console.stdin.write(json.dumps(command) + "\n")
            self._console.stdin.flush()
            answer = self._console.stdout.readline()
        if not answer:
            raise RuntimeError(f"{command}: the console has ended\n{self.log.read_text()[-3000:]}")
        printed, failed = json.loads(answer)
        if failed:
            raise RuntimeError(f"{command}: {failed}\n{printed}")
        return printed

    def command(self, *command: str) -> None:
        """A management command as a program of its own, as somebody at a terminal gives it."""
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=self.environ, capture_output=True, check=True
        )

    def shell(self, script: str) -> str:
        """What a script prints that has the product's models."""
        return self.manage("shell", "--no-imports", "-v", "0", "-c", script)

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Nobody else writes into a table of the product's database for the length of the block."""
        address = f"postgresql://postgres@/{embedded.DATABASE}?host={self.environ['DATA_DIR']}/run"
        with psycopg.connect(address) as connection:
            connection.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
            yield

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

    def wait_for_accepted(self, number: int, seconds: float = 400) -> None:
        """Until the providers have accepted so many messages in all. Looks less often than the sandbox's own client."""
        wait_until(lambda: self.sandbox.counts().get("accepted", 0) >= number, seconds, f"{number} messages", self.log)

    def wait_for_web(self) -> None:
        """Until the first page answers."""
        wait_until(lambda: answers(f"{self.url}/healthz"), 90, "the web server", self.log)

    def wait_for_sandbox(self) -> None:
        """Until the sandbox answers."""
        wait_until(lambda: answers(f"{self.sandbox.url}/messages.json?limit=1"), 60, "the sandbox", self.log)


@contextmanager
def folder(like: Path | None = None) -> Iterator[Path]:
    """A short-named data folder, unix sockets allow no long ones; with what another one holds, if asked for."""
    path = Path(tempfile.mkdtemp(prefix="tn-"))
    path.chmod(0o755)
    try:
        if like:
            subprocess.run(["cp", "-a", f"{like}/.", str(path)], check=True)  # the owner too
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def whole_product() -> Iterator[Stack]:
    """Everything, as `make run` starts it where the demo ward has been made before."""
    with ExitStack() as stack:
        product = Stack(stack.enter_context(folder(like=demo_data())))
        stack.enter_context(product.console())
        stack.enter_context(product.process(sys.executable, "manage.py", "start"))
        product.wait_for_web()
        product.wait_for_sandbox()
        yield product


# --- data folders to begin with -----------------------------------------------------------------------


def schema() -> Path:
    """A data folder with every migration applied, its servers stopped; kept until one of those is changed."""

    def migrate(product: Stack) -> None:
        product.manage("migrate", "--verbosity=0")

    return _kept("schema", digest(), migrate)


def demo_data() -> Path:
    """A data folder with the demo ward, its servers stopped; made once a run, since its notices are of today."""

    def seed(product: Stack) -> None:
        product.manage("translations", "--compile")
        product.manage("load_units")
        product.manage("seed_demo")

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    return _kept("demo", run[:12], seed, like=schema())


def _kept(kind: str, name: str, make: Callable[[Stack], None], like: Path | None = None) -> Path:
    """The folder of this kind and name; the first test process that asks makes it and drops the earlier ones."""
    kept = (ROOT / os.environ["DATA_DIR"]).resolve()
    made = kept / f"{kind}-{name}"
    with open(kept / f"{kind}.lock", "w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not made.exists():
            for earlier in kept.glob(f"{kind}-*"):
                shutil.rmtree(earlier)
            with folder(like) as data_dir:
                product = Stack(data_dir)
                with product.console():
                    make(product)
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
