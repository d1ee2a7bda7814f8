"""A database with every migration applied, made once and copied by every test process: to migrate takes ten seconds."""

import fcntl
import hashlib
import os
import subprocess
import sys

import psycopg

from portal import embedded
from portal.env import ENV, ROOT


def digest() -> str:
    """Twelve letters that change with every migration of ours, and with the packages that bring theirs."""
    said = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        said.update(path.read_bytes())
    return said.hexdigest()[:12]


def template() -> str:
    """The name of that database on the embedded server, kept from run to run. Whoever asks first makes it."""
    name, part = f"schema_{digest()}", "schema_part"
    with (
        open(ENV.data_dir / "template.lock", "w") as gate,
        psycopg.connect(_url("postgres"), autocommit=True) as server,
    ):
        fcntl.flock(gate, fcntl.LOCK_EX)
        kept = server.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'schema\_%'").fetchall()
        if (name,) not in kept:
            for (earlier,) in kept:
                server.execute(f"DROP DATABASE {earlier}")
            server.execute(f"CREATE DATABASE {part}")
            migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
            subprocess.run(migrate, cwd=ROOT, env={**os.environ, "DATABASE_URL": _url(part)}, check=True)
            server.execute(f"ALTER DATABASE {part} RENAME TO {name}")
    return name


def _url(database: str) -> str:
    return embedded.database_url().replace(f"/{embedded.DATABASE}?", f"/{database}?")
