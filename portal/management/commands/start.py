"""Everything on one machine: servers, data, web, workers, beat and, in a demo, the sandbox providers."""

import fcntl
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer
from honcho.process import Process

from portal import embedded
from portal.env import ENV, ROOT

DEMO_LOGINS = (
    ("can.bo", "writes notices"),
    ("lanh.dao", "approves and publishes"),
    ("truong.thon", "head of a village; best on a phone"),
    ("quan.tri", "administrator of the ward"),
)
DEMO_PASSWORD = "toinha-demo"  # noqa: S105 - printed on every start of a demo
READY_WITHIN = 60  # seconds
RESTARTS = 20  # of one program that keeps being killed


class Command(BaseCommand):
    """Start all of it in the foreground; Ctrl-C, SIGTERM or a closed terminal stops all of it."""

    help = __doc__
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit code 0 after a requested stop, 1 when it could not start or a process died."""
        sys.stdout, sys.stderr = Terminal(1), Terminal(2)
        try:
            ENV.data_dir.mkdir(parents=True, exist_ok=True)
            with only_one(ENV.data_dir / "start.lock"):
                for name, port in self.ports():
                    require_free(name, port)
                with embedded.servers():
                    self.prepare()
                    was_asked = self.supervise()
        except embedded.CannotStart as error:
            sys.exit(f"Tới Nhà cannot start. {error}")
        self.say("Everything is stopped.")
        sys.exit(0 if was_asked else 1)

    def ports(self) -> list[tuple[str, int]]:
        """Every port to listen on, with the variable that moves it."""
        ports = [("PORT", ENV.port)]
        return [*ports, ("SANDBOX_PORT", ENV.sandbox_port)] if settings.DEMO else ports

    def prepare(self) -> None:
        """Bring database, static files and translations up to date; every step may run again."""
        self.say("Preparing the database …")
        call_command("translations", compile=True)
        call_command("migrate", verbosity=0, interactive=False)
        call_command("load_units")
        if settings.DEMO and is_empty():
            self.say("Making the demo ward …")
            call_command("seed_demo")
        call_command("demo_accounts")
        call_command("collectstatic", verbosity=0, interactive=False)

    def supervise(self) -> bool:
        """Run the Procfile until somebody asks to stop (True) or a process ends by itself (False)."""
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "DATA_DIR": str(ENV.data_dir),
            "PORT": str(ENV.port),
            "PYTHONUNBUFFERED": "1",
            # On a machine of one's own root is fine; where it is not, docker/ runs as an ordinary user.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
        }
        supervisor = Supervisor(Printer(sys.stdout))
        for name, command in parse_procfile((ROOT / "Procfile").read_text()).processes.items():
            if name != "sandbox" or settings.DEMO:
                # exec: the process itself, and no shell, gets the signal to stop.
                supervisor.add_process(name, f"exec {command}", env=environment, cwd=str(ROOT))
        threading.Thread(target=self.announce, daemon=True).start()
        supervisor.loop()
        return supervisor.was_asked

    def announce(self) -> None:
        """Say where everything is as soon as the first page answers."""
        deadline = time.monotonic() + READY_WITHIN
        while not answers(f"http://127.0.0.1:{ENV.port}/healthz"):
            if time.monotonic() > deadline:
                self.say(f"No answer on port {ENV.port} after {READY_WITHIN} seconds; see the lines above.")
                return
            time.sleep(0.25)
        lines = ["", "Tới Nhà is running.", "", f"  Portal          http://localhost:{ENV.port}/"]
        if settings.DEMO:
            lines += [f"  Wall of phones  http://localhost:{ENV.sandbox_port}/", "", "  Sign in as"]
            lines += [f"    {name:<13} {what}" for name, what in DEMO_LOGINS]
            lines += [f"  Password        {DEMO_PASSWORD}", "", "  No message leaves this machine: DEMO is on."]
        elif is_empty():
            lines += ["", "  Nobody can sign in yet: manage.py add_user --help"]
        self.say("\n".join([*lines, f"  Data            {ENV.data_dir}", "  Stop            Ctrl-C", ""]))

    def say(self, text: str) -> None:
        """One message to the person at the terminal."""
        print(text, flush=True)


def is_empty() -> bool:
    """Whether nobody has an account yet."""
    from communities.models import User

    return not User.objects.exists()


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """CannotStart when this folder's portal already runs. The lock dies with its process."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise embedded.CannotStart(
                f"It already runs with the data in {path.parent}; stop that one first."
            ) from None
        yield


def require_free(name: str, port: int) -> None:
    """CannotStart when somebody listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise embedded.CannotStart(
                f"Port {port} is taken by another program. Stop it, or choose another: {name}={port + 100} make run"
            ) from None


def answers(url: str) -> bool:
    """Whether the portal itself answers there, well or unwell."""
    try:
        urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - our own address
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


class Terminal:
    """An output that cannot fail: a closed terminal must not keep us from stopping everything.

    Unbuffered, since signal handlers write, too, and Python's buffered streams cannot be re-entered.
    """

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def write(self, text: str) -> int:
        """All of the text, or as much as the terminal still takes."""
        left = text.encode(errors="replace")
        with suppress(OSError):
            while left:
                left = left[os.write(self.descriptor, left) :]
        return len(text)

    def flush(self) -> None:
        """Nothing is ever kept back."""

    def isatty(self) -> bool:
        """Whether a person watches; honcho colours its lines then."""
        return os.isatty(self.descriptor)

    def fileno(self) -> int:
        """For libraries that write to the descriptor."""
        return self.descriptor


class Child(Process):
    """One line of the Procfile. Only its supervisor ends it, whatever the terminal sends to the whole group.

    A program killed from outside (SIGKILL: a machine out of memory) is started again, so that a dead worker
    does not take the pages down with it; one that ends by itself is broken and ends everything.
    """

    asked: Any = None  # an Event: somebody wants everything to stop
    lives = RESTARTS
    is_killed = False

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        """Start, relay the output, report the end. A handler, unlike SIG_IGN, is not inherited by the program."""
        for number in (*embedded.STOPPING, signal.SIGALRM):
            signal.signal(number, lambda *_: None)
        super().run(events)
        while self.is_killed:
            self.is_killed = False
            self.lives -= 1
            super().run(events)

    def _send_message(self, data: Any, type: str = "line") -> None:
        if type == "stop" and data["returncode"] == -signal.SIGKILL and self.lives and not self.asked.is_set():
            self.is_killed = True
            data, type = b"was killed; starting it again\n", "line"
        super()._send_message(data, type)


class Supervisor(Manager):
    """honcho, which also obeys a closed terminal, and a request to stop that comes while it still starts."""

    def __init__(self, printer: Printer) -> None:
        super().__init__(printer)
        self._process_ctor = Child
        self.asked = multiprocessing.Event()
        self.was_asked = False

    def add_process(self, *args: Any, **options: Any) -> Process:
        """Add a process that knows when everybody is to stop."""
        process = super().add_process(*args, **options)
        process.asked = self.asked
        return process

    def loop(self) -> None:
        """Run until all processes have ended."""
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
        super().loop()

    def terminate(self) -> None:
        """Stop all processes: somebody asked for it, or one of them ended."""
        if not self._any_stopped():
            self.was_asked = True
        self.asked.set()
        if self._all_started():
            super().terminate()
        else:  # their process numbers are still on the way
            signal.signal(signal.SIGALRM, lambda *_: self.terminate())
            signal.setitimer(signal.ITIMER_REAL, 0.1)
