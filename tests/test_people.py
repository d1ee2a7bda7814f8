"""The people of the tests are who they say they are."""

from communities import access
from communities.models import Household


def test_head_reads_the_own_village_only(head, other_head, outsider, editor, household):
    readable = {
        user.username: Household.objects.for_user(user).count() for user in (head, other_head, outsider, editor)
    }
    assert readable == {"truong.thon": 1, "truong.thon.2": 0, "nguoi.ngoai": 0, "can.bo": 1}
    assert access.get_ward(head).name == "Xã Hoa Đồng"


def test_tasks_run_at_the_end_of_the_block(db, run_tasks):
    from django.db import transaction

    done = []
    with run_tasks():
        transaction.on_commit(lambda: done.append("task"))
        assert done == []
    assert done == ["task"]
