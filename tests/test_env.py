"""Every variable is read and checked in one place; a wrong one stops the process with a sentence."""

import os
import re
import subprocess
import sys
from datetime import time

import pytest

from portal import env
from portal.env import ROOT, BadVariable

#: Where providers are, by their own word.
OWN = {"zalo_oauth": "https://oauth.zaloapp.com", "esms": "https://rest.esms.vn"}


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """An environment without any of ours, except a folder to write to."""
    for name in documented():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return monkeypatch


def documented() -> set[str]:
    return set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_every_variable_is_documented_and_every_documented_one_is_read(settings):
    source = (ROOT / "portal" / "env.py").read_text()
    read = set(re.findall(r"_(?:text|flag|port|url|hours|count|seconds|secret)\(\s*\"([A-Z_]+)\"", source))
    files = {f"{name}_FILE" for name in re.findall(r"_secret\(\s*\"([A-Z_]+)\"", source)}
    providers = {f"{name.upper()}_BASE_URL" for name in settings.PROVIDER_URLS}
    assert documented() == read | files | providers


def test_nothing_but_env_reads_the_environment():
    rest = [path for room in ("portal", "communities", "notices") for path in (ROOT / room).rglob("*.py")]
    reading = re.compile(r"os\.environ(?!\.setdefault\(\"DJANGO_SETTINGS_MODULE\")|getenv")
    found = {str(path.relative_to(ROOT)) for path in rest if reading.search(path.read_text())}
    # `start` and the box hand on to the processes they start where Python finds its libraries.
    assert found == {"portal/env.py", "portal/management/commands/start.py", "communities/spreadsheet/box.py"}


def test_defaults_are_a_demo_on_this_machine(bare, tmp_path):
    read = env.read()
    assert (read.demo, read.port, read.sandbox_port) == (True, 8000, 8001)
    assert read.public_base_url == "http://localhost:8000"
    assert (read.database_url, read.redis_url) == ("", "")
    assert read.provider_urls(OWN) == {
        "zalo_oauth": "http://127.0.0.1:8001/zalo-oauth",
        "esms": "http://127.0.0.1:8001/esms",
    }
    assert "localhost" in read.allowed_hosts
    assert (read.lease_seconds, read.grace_seconds) == (45, 60)
    assert read.is_https is False


def test_quiet_hours_are_the_night_or_what_the_operator_says(bare):
    assert env.read().quiet_hours == (time(22), time(6))
    bare.setenv("QUIET_HOURS", "21:30 - 05:45")
    assert env.read().quiet_hours == (time(21, 30), time(5, 45))
    bare.setenv("QUIET_HOURS", "off")
    assert env.read().quiet_hours is None


@pytest.mark.parametrize("wrong", ["22:00", "22-6-7", "25:00-06:00", "tối"])
def test_hours_that_are_none_stop_the_start(bare, wrong):
    bare.setenv("QUIET_HOURS", wrong)
    with pytest.raises(BadVariable, match="QUIET_HOURS"):
        env.read()


def test_without_demo_the_real_providers_are_meant(bare):
    bare.setenv("DEMO", "0")
    assert env.read().provider_urls(OWN) == OWN


def test_an_operator_may_say_where_a_provider_is(bare):
    bare.setenv("ESMS_BASE_URL", "https://gateway.example/")
    assert env.read().provider_urls(OWN)["esms"] == "https://gateway.example"
    bare.setenv("ESMS_BASE_URL", "gateway.example")
    with pytest.raises(BadVariable, match="ESMS_BASE_URL"):
        env.read().provider_urls(OWN)


def test_the_public_address_is_an_allowed_host(bare):
    bare.setenv("DEMO", "0")
    bare.setenv("PUBLIC_BASE_URL", "https://hoadong.example/")
    read = env.read()
    assert read.public_base_url == "https://hoadong.example"
    assert "hoadong.example" in read.allowed_hosts
    assert read.is_https is True


@pytest.mark.parametrize(("address", "expected"), [("http://localhost:8000", 0), ("https://hoadong.example", 1)])
def test_behind_https_one_proxy_is_believed_and_else_none(bare, address, expected):
    bare.setenv("DEMO", "0")
    bare.setenv("PUBLIC_BASE_URL", address)
    assert env.read().trusted_proxies == expected
    bare.setenv("TRUSTED_PROXIES", "2")
    assert env.read().trusted_proxies == 2


def test_the_secret_key_is_made_once_and_kept_private(bare, tmp_path):
    first, second = env.read().secret_key, env.read().secret_key
    assert first == second
    assert len(first) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_secret_key_comes_from_a_file_when_one_is_named(bare, tmp_path):
    (tmp_path / "key").write_text("of-the-operator-and-long-enough-for-years\n")
    bare.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    assert env.read().secret_key == "of-the-operator-and-long-enough-for-years"


@pytest.mark.parametrize("short", ["abc", "only-thirty-one-characters-long", "0" * 64, "ab" * 32])
def test_a_secret_key_that_is_easily_guessed_stops_the_start_and_is_not_shown(bare, tmp_path, short):
    bare.setenv("SECRET_KEY", short)
    with pytest.raises(BadVariable, match=r"^SECRET_KEY is too easily guessed: write at least 32 random") as said:
        env.read()
    assert short not in str(said.value)
    (tmp_path / "key").write_text(short)
    bare.setenv("SECRET_KEY", "")
    bare.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(BadVariable, match=r"^SECRET_KEY_FILE='.*/key' is too easily guessed"):
        env.read()


def test_a_former_key_may_be_short_since_links_sent_under_it_go_on(bare):
    bare.setenv("SECRET_KEY_FALLBACKS", "short")
    assert env.read().secret_key_fallbacks == ["short"]


LOCAL = [
    "http://localhost:9000",
    "http://127.0.0.1:8000",
    "http://127.0.0.5",
    "http://[::1]:8000",
    "http://a.localhost",
]
AWAY = ["https://hoadong.example", "http://hoadong.example", "http://192.168.1.5:8000", "http://localhost.example"]


@pytest.mark.parametrize("address", LOCAL)
def test_a_demo_starts_at_addresses_of_this_machine(bare, address):
    bare.setenv("PUBLIC_BASE_URL", address)
    assert env.read().demo is True


@pytest.mark.parametrize("address", AWAY)
@pytest.mark.parametrize("demo", ["", "1"])
def test_a_demo_starts_at_no_other_address(bare, address, demo):
    bare.setenv("DEMO", demo)
    bare.setenv("PUBLIC_BASE_URL", address)
    with pytest.raises(BadVariable, match=r"^DEMO=1 is for this machine alone.* write DEMO=0"):
        env.read()
    bare.setenv("DEMO", "0")
    assert env.read().demo is False


def test_a_demo_answers_to_no_other_name(bare):
    bare.setenv("ALLOWED_HOSTS", "localhost, hoadong.example")
    with pytest.raises(BadVariable, match=r"hoadong\.example is another address"):
        env.read()
    bare.setenv("DEMO", "0")
    assert env.read().allowed_hosts == ["localhost", "hoadong.example"]


def test_the_secret_key_is_not_shown(bare):
    bare.setenv("SECRET_KEY", "very-secret-and-long-enough-for-years")
    assert "very-secret" not in repr(env.read())


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "http", "PORT='http'"),
        ("PORT", "0", "PORT='0'"),
        ("PORT", "70000", "PORT='70000'"),
        ("SANDBOX_PORT", "-1", "SANDBOX_PORT='-1'"),
        ("DEMO", "maybe", "DEMO='maybe'"),
        ("DATABASE_URL", "mysql://localhost/x", "DATABASE_URL must start with"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must start with"),
        ("PUBLIC_BASE_URL", "hoadong.example", "PUBLIC_BASE_URL must start with"),
        ("SECRET_KEY_FILE", "/nowhere/key", "SECRET_KEY_FILE='/nowhere/key' cannot be read"),
        ("TRUSTED_PROXIES", "ten", "TRUSTED_PROXIES='ten': write a number from 0 to 9."),
        ("LEASE_SECONDS", "24", "LEASE_SECONDS='24': write a number of seconds from 25 to 600."),
        ("GRACE_SECONDS", "soon", "GRACE_SECONDS='soon': write a number of seconds from 5 to 3600."),
        ("DATA_DIR", "/proc/nowhere", "DATA_DIR='/proc/nowhere' cannot be written"),
    ],
)
def test_a_wrong_value_is_named(bare, name, value, said):
    bare.setenv(name, value)
    with pytest.raises(BadVariable, match=re.escape(said)):
        env.read()


def test_a_wrong_value_stops_a_command_with_one_sentence(tmp_path):
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "PORT": "eighty"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr == "Tới Nhà cannot start. PORT='eighty': write a port number between 1 and 65535.\n"
