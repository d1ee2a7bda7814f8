"""Every environment variable the portal reads, in one place, checked when the process starts.

Pure Python: nothing of Django. A wrong value stops the process with one sentence that names the
variable, the value and what was expected; a commune's operator should never meet a traceback for a typo.
"""

import os
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

WEB = ("http", "https")
T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent
SHORTEST_KEY = 32  # characters; what `openssl rand -hex 16` writes


class BadVariable(Exception):
    """A variable has a value the portal cannot run with; the message is the sentence to show."""


def _text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def _flag(name: str, default: bool) -> bool:
    value = _text(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise BadVariable(f"{name}={value!r}: write 1 or 0.")


def _port(name: str, default: int) -> int:
    value = _text(name, str(default))
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise BadVariable(f"{name}={value!r}: write a port number between 1 and 65535.")
    return int(value)


def _is_local(host: str) -> bool:
    """Whether the name leads to this machine and no further."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _url(name: str, default: str, schemes: tuple[str, ...]) -> str:
    value = _text(name, default)
    if value and urlsplit(value).scheme not in schemes:
        raise BadVariable(f"{name} must start with one of: {', '.join(s + '://' for s in schemes)}")
    return value.rstrip("/")


def _hours(name: str, default: str) -> tuple[time, time] | None:
    """Two clock times of a day, which may run across midnight; None for `off`."""
    value = _text(name, default)
    if value.lower() == "off":
        return None
    try:
        begins, ends = (time.fromisoformat(part.strip()) for part in value.split("-"))
    except ValueError:
        raise BadVariable(f"{name}={value!r}: write two clock times such as 22:00-06:00, or off.") from None
    return begins, ends


def _count(name: str, default: int, low: int, high: int, of: str = "") -> int:
    text = _text(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and low <= int(text) <= high):
        raise BadVariable(f"{name}={text!r}: write a number {of}from {low} to {high}.")
    return int(text)


def _seconds(name: str, default: int, low: int, high: int) -> int:
    return _count(name, default, low, high, of="of seconds ")


def _secret(name: str, data_dir: Path) -> str:
    """The value, or the content of the file named by NAME_FILE, or one made and kept under `data_dir`."""
    if value := _text(name):
        return _long_enough(name, value)
    if path := _text(f"{name}_FILE"):
        try:
            return _long_enough(f"{name}_FILE={path!r}", Path(path).read_text().strip())
        except OSError as error:
            raise BadVariable(f"{name}_FILE={path!r} cannot be read: {error.strerror}.") from error
    kept = data_dir / name.lower()
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        # O_EXCL: two processes starting at once must agree on one key.
        handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return kept.read_text().strip()
    except OSError as error:
        raise BadVariable(f"DATA_DIR={str(data_dir)!r} cannot be written: {error.strerror}.") from error
    with os.fdopen(handle, "w") as file:
        value = secrets.token_urlsafe(50)
        file.write(value)
    return value


def _long_enough(where: str, secret: str) -> str:
    """The secret; sessions and the links of all households hang on it, and a short one is found by trying."""
    if len(secret) < SHORTEST_KEY or len(set(secret)) < 8:
        raise BadVariable(
            f"{where} is too easily guessed: write at least {SHORTEST_KEY} random characters, such as "
            "`openssl rand -base64 48` gives, or leave it out and one is made."
        )
    return secret


@dataclass(frozen=True)
class Environment:
    """The checked environment. Paths are absolute, URLs carry no trailing slash."""

    demo: bool
    port: int
    sandbox_port: int
    data_dir: Path
    database_url: str
    redis_url: str
    secret_key: str = field(repr=False)
    secret_key_fallbacks: list[str] = field(repr=False)
    allowed_hosts: list[str]
    public_base_url: str
    trusted_proxies: int
    quiet_hours: tuple[time, time] | None
    lease_seconds: int
    grace_seconds: int

    def provider_urls(self, addresses: Mapping[str, str]) -> dict[str, str]:
        """Where each host of the providers is, by its name: NAME_BASE_URL, else the sandbox beside the portal in a
        demo, else the provider's own address. Raises BadVariable."""
        sandbox = f"http://127.0.0.1:{self.sandbox_port}"
        return {
            name: _url(f"{name.upper()}_BASE_URL", f"{sandbox}/{name.replace('_', '-')}" if self.demo else own, WEB)
            for name, own in addresses.items()
        }

    @property
    def is_https(self) -> bool:
        """Whether residents and staff reach the portal over TLS."""
        return self.public_base_url.startswith("https://")


def read() -> Environment:
    """Read and check every variable. Raises BadVariable for the first wrong one."""
    data_dir = Path(_text("DATA_DIR", str(ROOT / "var"))).expanduser().resolve()
    demo = _flag("DEMO", True)
    port = _port("PORT", 8000)
    sandbox_port = _port("SANDBOX_PORT", 8001)
    public_base_url = _url("PUBLIC_BASE_URL", f"http://localhost:{port}", WEB)
    hosts = [host.strip() for host in _text("ALLOWED_HOSTS").split(",") if host.strip()]
    for host in (urlsplit(public_base_url).hostname or "", *hosts) if demo else ():
        if not _is_local(host):
            raise BadVariable(
                f"DEMO=1 is for this machine alone, since everybody knows its passwords, and {host} is another "
                "address: write DEMO=0, or leave PUBLIC_BASE_URL and ALLOWED_HOSTS out."
            )
    is_https = public_base_url.startswith("https://")
    return Environment(
        demo=demo,
        port=port,
        sandbox_port=sandbox_port,
        data_dir=data_dir,
        database_url=_url("DATABASE_URL", "", ("postgres", "postgresql")),
        redis_url=_url("REDIS_URL", "", ("redis", "rediss", "unix")),
        secret_key=_secret("SECRET_KEY", data_dir),
        secret_key_fallbacks=_text("SECRET_KEY_FALLBACKS").replace(",", " ").split(),
        allowed_hosts=hosts or ["localhost", "127.0.0.1", "[::1]", urlsplit(public_base_url).hostname or ""],
        public_base_url=public_base_url,
        # The portal speaks no TLS: under https:// there is at least the proxy with the certificate.
        trusted_proxies=_count("TRUSTED_PROXIES", 1 if is_https else 0, 0, 9),
        quiet_hours=_hours("QUIET_HOURS", "22:00-06:00"),
        lease_seconds=_seconds("LEASE_SECONDS", 45, 25, 600),
        grace_seconds=_seconds("GRACE_SECONDS", 60, 5, 3600),
    )


def _or_stop(checked: Callable[[], T]) -> T:
    try:
        return checked()
    except BadVariable as wrong:
        sys.exit(f"Tới Nhà cannot start. {wrong}")


ENV = _or_stop(read)


def provider_urls(addresses: Mapping[str, str]) -> dict[str, str]:
    """As Environment.provider_urls, of this process's environment. A wrong variable stops the process."""
    return _or_stop(lambda: ENV.provider_urls(addresses))
