"""The operator's commands."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from notices.models import Notice
from tests.factories import make_household

FILE = """
title: Ngừng cấp điện để sửa chữa lưới điện
body: Điện lực ngừng cấp điện tại thôn Đông Phú để thay dây hạ thế.
urgency: khan
villages: [Đông Phú]
when: 2026-12-05T07:00
deadline: 2099-12-04
contact: Tổng đài điện lực, 0510 000 014
"""


@pytest.fixture
def write(tmp_path):
    def go(text: str):
        path = tmp_path / "notice.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return go


def _publish(path, *, ward="99001", by="lanh.dao") -> str:
    out = StringIO()
    call_command("publish_notice", path, ward=ward, by=by, stdout=out)
    return out.getvalue()


def _refusal(path, **options) -> str:
    with pytest.raises(CommandError) as refused:
        _publish(path, **options)
    assert refused.value.returncode == 2
    assert Notice.objects.count() == 0
    return str(refused.value)


@pytest.fixture
def gateways_idle(gateways, monkeypatch):
    """Gateways that exist and send nothing: these tests stop at the queue."""
    monkeypatch.setattr("notices.sending.engine.send_due", lambda **_: 0)


def test_publishing_from_a_file_reaches_the_queue_and_the_status(write, villages, approver, gateways_idle, run_tasks):
    make_household(villages[0])
    make_household(villages[0], phone=None)
    make_household(villages[1])
    with run_tasks():
        printed = _publish(write(FILE)).split()
    notice = Notice.objects.get()
    assert printed == [str(notice.pk), notice.code]
    assert (notice.status, notice.urgency, notice.published_by) == ("PUBLISHED", "KHAN", approver)
    for name in (str(notice.pk), notice.code.lower()):
        out = StringIO()
        call_command("notice_status", name, "--json", stdout=out)
        assert json.loads(out.getvalue()) == {
            "id": notice.pk,
            "code": notice.code,
            "status": "PUBLISHED",
            "is_fanned_out": True,
            "households": 2,
            "reach": {"NOT_REACHED": 2, "SENT": 0, "DELIVERED": 0, "SEEN": 0, "CONFIRMED": 0},
            "told": 0,
            "left": 2,
            "confirmed_via": {},
            "deliveries": {"ZALO": {"PENDING": 1}},
        }


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("urgency: khan", "urgency: gap"), "Độ khẩn “GAP” không có"),
        (("[Đông Phú]", "[Đông Phố]"), "Xã không có thôn “Đông Phố”"),
        (("[Đông Phú]", "[]"), "Chưa chọn thôn nào"),
        (("2099-12-04", "2020-12-04"), "Hạn chót đã qua"),
        (("2099-12-04", "ngày mai"), "Ngày “ngày mai” chưa đúng"),
        (("deadline: 2099-12-04", "valid_until: 2026-12-01"), "Mục valid_until: thông báo hết hiệu lực trước"),
        (("title:", "tieu_de:"), "Tệp có mục không rõ: tieu_de"),
        (("title: Ngừng cấp điện để sửa chữa lưới điện", ""), "title"),
        (("[Đông Phú]", "[Đông Phú"), "Tệp không đúng dạng YAML (dòng"),
    ],
)
def test_a_wrong_file_gets_a_sentence_and_changes_nothing(write, villages, approver, gateways, change, sentence):
    make_household(villages[0])
    assert sentence in _refusal(write(FILE.replace(*change)))


@pytest.mark.parametrize(("urgency", "is_for_evening"), [("thuong", True), ("khan", False)])
def test_a_file_may_name_its_end_and_the_evening(write, villages, approver, gateways_idle, urgency, is_for_evening):
    make_household(villages[0])
    more = f"valid_until: 2099-12-31\nevening: true\nurgency: {urgency}\n"
    _publish(write(FILE.replace("urgency: khan\n", "") + more))
    notice = Notice.objects.get()
    assert timezone.localtime(notice.valid_until).isoformat() == "2099-12-31T23:59:00+07:00"
    assert notice.is_for_evening is is_for_evening


def test_only_who_may_approve_can_publish_from_the_terminal(write, villages, editor, approver, outsider):
    make_household(villages[0])
    path = write(FILE)
    assert "không có quyền duyệt" in _refusal(path, by="can.bo")
    assert "không có quyền" in _refusal(path, by="nguoi.ngoai")
    assert "Không có tài khoản ai.do" in _refusal(path, by="ai.do")
    assert "Không có xã mã 00000" in _refusal(path, ward="00000")
    assert "Không đọc được tệp" in _refusal(path.with_name("khong-co.yaml"))


def test_the_status_of_nothing_is_a_sentence(db):
    with pytest.raises(CommandError, match="Không có thông báo 12"):
        call_command("notice_status", "12")
