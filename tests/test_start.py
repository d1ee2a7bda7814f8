"""Starting and stopping, as the person at the terminal meets it."""

import fcntl
import io
import os
import pwd
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError, connection
from honcho.environ import parse_procfile
from honcho.printer import Printer

from communities.models import Household, User
from portal import embedded
from portal.env import ENV, ROOT
from portal.management.commands.start import Supervisor, Terminal, only_one, require_free


def test_a_taken_port_is_named_with_the_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(embedded.CannotStart, match=f"Port {port} is taken .* PORT={port + 100} make run"):
            require_free("PORT", port)


def test_a_second_start_in_the_same_folder_is_refused(tmp_path):
    with (
        only_one(tmp_path / "start.lock"),
        pytest.raises(embedded.CannotStart, match="already runs"),
        only_one(tmp_path / "start.lock"),
    ):
        pass


def test_a_lock_of_a_killed_start_holds_nobody_up(tmp_path):
    code = "import fcntl,os,signal,sys; f=open(sys.argv[1],'w'); fcntl.flock(f,fcntl.LOCK_EX); os.kill(os.getpid(),9)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "start.lock")], check=False)
    with only_one(tmp_path / "start.lock"):
        pass


def test_a_closed_terminal_does_not_stop_the_stopping():
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert Terminal(writing).write("still here\n") == len("still here\n")
    finally:
        os.close(writing)


def supervise(lines: dict[str, str], before=None) -> tuple[Supervisor, str]:
    """Run processes under a supervisor in a process of our own thread; returns it and what it printed."""
    printed = io.StringIO()
    supervisor = Supervisor(Printer(printed))
    for name, command in lines.items():
        supervisor.add_process(name, f"exec {command}")
    kept = {number: signal.getsignal(number) for number in (*embedded.STOPPING, signal.SIGALRM)}
    try:
        if before:
            before()
        supervisor.loop()
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    return supervisor, printed.getvalue()


def ask_in(seconds: float, number: int) -> None:
    subprocess.Popen([sys.executable, "-c", f"import os,time; time.sleep({seconds}); os.kill({os.getpid()}, {number})"])


@pytest.mark.parametrize("number", embedded.STOPPING, ids=lambda number: number.name)
def test_every_way_to_ask_stops_all_processes(number):
    started = time.monotonic()
    supervisor, said = supervise({"one": "sleep 60", "two": "sleep 60"}, lambda: ask_in(1.0, number))
    assert supervisor.was_asked
    assert "one stopped" in said
    assert "two stopped" in said
    assert time.monotonic() - started < 30


def test_a_process_that_dies_takes_the_others_along_and_is_no_success():
    supervisor, said = supervise({"one": "sleep 60", "two": "false"})
    assert not supervisor.was_asked
    assert "one stopped" in said


def test_a_killed_process_is_started_again_and_the_others_stay(tmp_path):
    # Killed the first time; the second time it sees the trace of the first and stays.
    again = f"{sys.executable} -c \"import os,pathlib,time; p=pathlib.Path('{tmp_path}/once'); "
    again += 'p.exists() and time.sleep(60); p.touch(); os.kill(os.getpid(), 9)"'
    started = time.monotonic()
    supervisor, said = supervise({"one": "sleep 60", "two": again}, lambda: ask_in(4.0, signal.SIGTERM))
    assert supervisor.was_asked
    assert "was killed; starting it again" in said
    assert said.count("two started") == 2
    assert said.count("one started") == 1
    assert 3 < time.monotonic() - started < 30


def test_the_procfile_names_what_the_readme_promises():
    assert list(parse_procfile((ROOT / "Procfile").read_text()).processes) == [
        "web",
        "worker",
        "urgent",
        "lists",
        "beat",
        "sandbox",
    ]


# --- embedded servers ---------------------------------------------------------------------------------


def test_a_deep_folder_gets_short_sockets(monkeypatch):
    deep = Path("/srv") / ("x" * 120)
    monkeypatch.setattr(embedded, "ENV", type("Deep", (), {"data_dir": deep}))
    assert len(str(embedded.socket_dir() / ".s.PGSQL.5432.lock").encode()) <= embedded.SOCKET_PATH_LIMIT
    assert embedded.socket_dir() != deep / "run"


def test_a_stale_process_number_is_not_believed(tmp_path):
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path}\n")
    assert embedded._is_running(tmp_path) is False
    assert not (tmp_path / "postmaster.pid").exists()


own_servers = pytest.mark.skipif(bool(ENV.database_url), reason="real servers are given")
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root may become somebody else")
NOBODY = 65534


def become(uid: int, attempt) -> str:
    """What becomes of `attempt()` in a process of another user: nothing, or the words of its error."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            attempt()
            said = ""
        except BaseException as error:
            said = str(error) or type(error).__name__
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as answer:
        return answer.read()


def ask_the_database() -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(embedded.socket_dir() / ".s.PGSQL.5432"))
        message = b"\0\3\0\0user\0postgres\0\0"
        line.sendall((len(message) + 4).to_bytes(4, "big") + message)
        answer = line.recv(1000)
        if answer[:1] == b"E":
            raise PermissionError(answer.decode(errors="replace"))


def ask_redis() -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(embedded.socket_dir() / "redis.sock"))
        line.sendall(b"PING\r\n")
        assert line.recv(10) == b"+PONG\r\n"


@own_servers
@as_root
@pytest.mark.parametrize("ask", [ask_the_database, ask_redis])
def test_nobody_else_on_the_machine_reaches_the_servers(db, ask):
    assert become(0, ask) == ""
    assert "Permission denied" in become(NOBODY, ask)


@own_servers
@as_root
def test_the_servers_run_as_a_user_of_their_own_whom_the_database_does_not_know(db):
    postmaster = int((ENV.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
    uid = Path(f"/proc/{postmaster}").stat().st_uid
    assert 65_000 <= uid < 65_500
    with pytest.raises(KeyError):
        pwd.getpwuid(uid)
    assert "Peer authentication failed" in become(uid, ask_the_database)


@own_servers
def test_what_the_database_says_of_a_failed_statement_stays_out_of_its_log(db):
    log = ENV.data_dir / "postgres.log"
    name = f"Lê Thị {secrets.token_hex(8)}"
    with pytest.raises(DataError), connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", [name])
    assert name not in log.read_text()
    for file in (log, ENV.data_dir / "redis.log"):
        assert file.stat().st_mode & 0o777 == 0o600
    assert embedded.socket_dir().stat().st_mode & 0o777 == 0o700


def refused(data_dir: Path) -> str:
    environment = {**os.environ, "DATA_DIR": str(data_dir), "DATABASE_URL": "", "REDIS_URL": ""}
    command = [sys.executable, "manage.py", "migrate", "--check"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert not (data_dir / "postgres").exists()
    return done.stderr


@as_root
def test_a_folder_of_sockets_that_somebody_else_has_prepared_stops_the_start(tmp_path):
    (tmp_path / "run").mkdir()
    os.chown(tmp_path / "run", NOBODY, NOBODY)
    assert refused(tmp_path) == (
        f"Tới Nhà cannot start. {tmp_path}/run belongs to another user; remove it or set DATA_DIR.\n"
    )


def test_a_link_in_place_of_the_folder_of_sockets_stops_the_start(tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    assert "run is no folder of its own" in refused(tmp_path)
    assert (tmp_path / "elsewhere").stat().st_mode & 0o777 == 0o755


@own_servers
def test_a_second_command_shares_the_servers_and_leaves_them_running(db):
    environment = {**os.environ, "DATA_DIR": str(ENV.data_dir)}
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--check"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert "cannot start" not in done.stderr
    assert User.objects.count() == 0  # this process is still served
    with open(ENV.data_dir / "servers.lock") as share, pytest.raises(BlockingIOError):
        fcntl.flock(share, fcntl.LOCK_EX | fcntl.LOCK_NB)


# --- accounts from the terminal -----------------------------------------------------------------------


def add(*arguments: str) -> str:
    said = io.StringIO()
    call_command("add_user", *arguments, stdout=said)
    return said.getvalue()


def test_an_account_made_at_the_terminal_can_sign_in(ward, villages, household, client):
    said = add(
        "mai.tt",
        "--name",
        "Trịnh Thị Mai",
        "--role",
        "VILLAGE_HEAD",
        "--ward",
        ward.code,
        "--village",
        villages[0].name,
    )
    password = said.splitlines()[0].removeprefix("Password: ")
    assert client.login(username="mai.tt", password=password)
    assert list(Household.objects.for_user(User.objects.get())) == [household]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--role", "EDITOR", "--ward", "00000"], "There is no ward with the code 00000"),
        (["--role", "VILLAGE_HEAD", "--ward", "99001"], "VILLAGE_HEAD needs --village; Xã Hoa Đồng has: Thôn Đông Phú"),
        (["--role", "EDITOR", "--ward", "99001", "--village", "Thôn Đông Phú"], "works for the whole ward"),
    ],
)
def test_an_account_without_a_proper_place_is_not_made(ward, villages, arguments, said):
    with pytest.raises(CommandError, match=said):
        add("mai.tt", *arguments)
    assert not User.objects.exists()


def test_outside_a_demo_nobody_gets_an_account_in_its_ward(ward, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="Xã Hoa Đồng is the demo's: with DEMO=0 its accounts cannot sign in"):
        add("mai.tt", "--role", "EDITOR", "--ward", ward.code)
    assert not User.objects.exists()


def test_a_name_is_given_once(ward, editor):
    with pytest.raises(CommandError, match=r"already an account named can\.bo"):
        add("can.bo", "--role", "EDITOR", "--ward", ward.code)
    assert User.objects.count() == 1
