"""The people every test meets, in a small ward, and the hands they use."""

import gc
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from django.conf import settings
from django.test import Client

from communities.models import Household, Membership, Province, User, Village, Ward
from notices.models import Channel, Gateway
from portal.env import ENV
from tests import factories, schema

Role = Membership.Role


def pytest_configure() -> None:
    """Settings a test needs otherwise: a cheap password hash, plain static files, tasks in this process, and
    webhooks that keep nothing in memory and ring for every call."""
    from notices import webhooks
    from portal.celery import app

    hypothesis.settings.register_profile("ours", deadline=None)  # a busy machine is no failure
    hypothesis.settings.load_profile("ours")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    app.conf.task_always_eager = True
    app.conf.task_eager_propagates = True
    webhooks.doors = webhooks.Doors(kept=0.0)
    webhooks.apply_soon = webhooks.ApplySoon(every=0.0, in_background=lambda work: work())


#: The whole product, storms, and thousands of lists: what a quick run (`-m "not journey"`) leaves out.
JOURNEYS = (
    "journeys/test_main_job.py",
    "journeys/test_storm.py",
    "journeys/test_two_gateways.py",
    "journeys/test_killed_import.py",
    "journeys/",
    "notices/sending/test_interleavings.py",
    "communities/test_migrations.py",
    "communities/test_mill.py",
    "communities/test_lists.py",
    "communities/test_odd_files.py",
    "notices/sending/test_faults.py",
    "test_start.py",
    "test_access.py::test_no_address_breaks",
)
#: What takes longest comes first, so that the short ones fill the other processes meanwhile.
LONGEST = (*JOURNEYS, "test_access.py", "notices/ladder/test_ladder.py")
#: These break the product they are about; the other journeys share one, and so a test process.
ALONE = ("test_storm.py", "test_two_gateways.py", "test_killed_import.py")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the journeys."""
    if item.nodeid.removeprefix("tests/").startswith(JOURNEYS):
        item.add_marker("journey")


@pytest.hookimpl(trylast=True)  # pytest-django has an order of its own
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first."""

    def place(item: pytest.Item) -> int:
        file = item.nodeid.removeprefix("tests/")
        return next((n for n, long in enumerate(LONGEST) if file.startswith(long)), len(LONGEST))

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A test process at a time for each file, and one for all journeys that share a product: it is dear to start."""
    from xdist.scheduler import LoadFileScheduling

    class ByProduct(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            folder, _, name = file.rpartition("/")
            return folder if folder.endswith("journeys") and name not in ALONE else file

    return ByProduct(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The tests' database begins as a copy of one that has its tables; on a server that was given, with nothing."""
    if not ENV.database_url:
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = schema.template()


# --- places -------------------------------------------------------------------------------------------


@pytest.fixture
def province(db) -> Province:
    return Province.objects.create(code="38", valid_from=date(2025, 7, 1), name="Tỉnh Thanh Hóa")


@pytest.fixture
def ward(province: Province) -> Ward:
    """Xã Hoa Đồng, the invented ward of the demo."""
    return Ward.objects.create(
        province=province,
        code="99001",
        valid_from=date(2025, 7, 1),
        kind=Ward.Kind.COMMUNE,
        name="Xã Hoa Đồng",
        phone="0510 000 000",
        is_demo=True,
    )


@pytest.fixture
def other_ward(province: Province) -> Ward:
    """A neighbour, whose rows must not even exist for Hoa Đồng."""
    return Ward.objects.create(
        province=province,
        code="99002",
        valid_from=date(2025, 7, 1),
        kind=Ward.Kind.WARD,
        name="Phường Sao Mai",
        is_demo=True,
    )


@pytest.fixture
def villages(ward: Ward) -> list[Village]:
    """Three villages of Hoa Đồng; `head` and `helper` work in the first, `other_head` in the second."""
    names = ("Thôn Đông Phú", "Thôn Hòa Bình", "Bản Suối Vàng")
    return [factories.VillageFactory(ward=ward, name=name, position=n) for n, name in enumerate(names)]


@pytest.fixture
def other_village(other_ward: Ward) -> Village:
    """A village of the neighbour."""
    return factories.VillageFactory(ward=other_ward, name="Tổ dân phố Sao Mai 1")


# --- people -------------------------------------------------------------------------------------------


def _member(username: str, full_name: str, role: Role, **place) -> User:
    user = factories.UserFactory(username=username, full_name=full_name)
    Membership.objects.create(user=user, role=role, **place)
    return user


@pytest.fixture
def editor(ward: Ward) -> User:
    """Writes and submits notices of Hoa Đồng."""
    return _member("can.bo", "Trịnh Thị Mai", Role.EDITOR, ward=ward)


@pytest.fixture
def approver(ward: Ward) -> User:
    """Publishes what somebody else wrote."""
    return _member("lanh.dao", "Lê Văn Quang", Role.APPROVER, ward=ward)


@pytest.fixture
def admin(ward: Ward) -> User:
    """Runs the ward's portal."""
    return _member("quan.tri", "Hà Thị Ngọc", Role.WARD_ADMIN, ward=ward)


@pytest.fixture
def viewer(ward: Ward) -> User:
    """Reads everything of Hoa Đồng, changes nothing."""
    return _member("nguoi.xem", "Phạm Văn Thắng", Role.VIEWER, ward=ward)


@pytest.fixture
def head(villages: list[Village]) -> User:
    """Head of Thôn Đông Phú."""
    return _member("truong.thon", "Nguyễn Văn Sơn", Role.VILLAGE_HEAD, village=villages[0])


@pytest.fixture
def helper(villages: list[Village]) -> User:
    """Helps the head of Thôn Đông Phú."""
    return _member("giup.viec", "Bùi Thị Lan", Role.HELPER, village=villages[0])


@pytest.fixture
def other_head(villages: list[Village]) -> User:
    """Head of Thôn Hòa Bình: same ward, not their village."""
    return _member("truong.thon.2", "Cao Xuân Bình", Role.VILLAGE_HEAD, village=villages[1])


@pytest.fixture
def outsider(other_ward: Ward) -> User:
    """An editor of the neighbouring ward."""
    return _member("nguoi.ngoai", "Vũ Thị Hằng", Role.EDITOR, ward=other_ward)


@pytest.fixture
def make_household() -> Callable[..., Household]:
    """`make_household(village, phone=…, head_name=…)`; see tests.factories."""
    return factories.make_household


@pytest.fixture
def household(villages: list[Village]) -> Household:
    """A household of Thôn Đông Phú with one phone."""
    return factories.make_household(villages[0], head_name="Lê Thị Thúy", phone="+84510200001")


# --- means --------------------------------------------------------------------------------------------


@pytest.fixture
def gateways(ward: Ward) -> tuple[Gateway, Gateway]:
    """The ward's Zalo account and its SMS account, in this order. Credentials are each test's own matter."""
    zalo = Gateway.objects.create(
        ward=ward, channel=Channel.ZALO, adapter="zalo_templates", name="Zalo OA Hoa Đồng", price=300
    )
    sms = Gateway.objects.create(ward=ward, channel=Channel.SMS, adapter="esms", name="eSMS", price=650)
    return zalo, sms


@pytest.fixture
def client_for(db) -> Callable[[User | None], Client]:
    """A browser somebody is signed in with; `client_for(None)` is a stranger's."""

    def browser(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return browser


@pytest.fixture
def run_tasks(django_capture_on_commit_callbacks) -> Callable[[], AbstractContextManager[list]]:
    """`with run_tasks(): …` runs what the block enqueues with delay_on_commit, at the end of the block."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def at() -> datetime:
    """A quiet Saturday morning: 09:00 on 5 December 2026 in Hoa Đồng."""
    return datetime(2026, 12, 5, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
