"""Many messages through two SMS accounts, the first of which fails at random and is slow at times: everything is
handed over once, the second takes over, and the history says when. (Trials and recovery: test_gateways.py.)"""

import json
import os
import sys
from contextlib import ExitStack

from tests.journeys.stack import Stack, folder, schema, wait_until
from tests.journeys.test_storm import BEAT, NOTICE, WORKER

#: Forty batches, of which the failing account has had a few when it trips. More by hand: GATEWAY_HOUSEHOLDS=20000.
HOUSEHOLDS = int(os.environ.get("GATEWAY_HOUSEHOLDS", "4000"))
#: Every household gets one number of its own that only SMS reaches, and the ward a second SMS account.
PREPARE = """
from django.db import connection
from communities.models import Contact, Ward
from notices.gateways import credentials
from notices.models import Gateway
Contact.objects.all()._raw_delete("default")
connection.cursor().execute(
    "INSERT INTO communities_contact (household_id, name, relation, phone, phone_kind, rank, refused)"
    " SELECT id, '', '', '+84510' || lpad((id %% 1000000)::text, 6, '0'), 'MOBILE', 1, '{ZALO}'"
    " FROM communities_household WHERE %s", [True])
first = Gateway.objects.get(channel="SMS")
spare = Gateway.objects.create(channel="SMS", adapter="esms", name="SMS du phong", position=2, price=900, rate=200)
credentials.write(spare, {**credentials.read(first), "api_key": "spare-key"})
"""
HISTORY = """
import json
from notices.models import Delivery, GatewayEvent
events = GatewayEvent.objects.order_by("pk").values_list("gateway__name", "kind", "code", "moved", "moved_to__name")
counts = Delivery.objects.order_by().values_list("status").annotate(n=__import__("django").db.models.Count("pk"))
print(json.dumps([list(events), dict(counts)]))
"""


def test_everything_goes_through_a_failing_gateway_and_its_spare(record_property):
    with ExitStack() as stack:
        product = Stack(stack.enter_context(folder(like=schema())))
        data_dir = product.environ["DATA_DIR"]
        stack.enter_context(product.console())
        product.manage("seed_demo", "--households", str(HOUSEHOLDS), "--without-notices")
        product.shell(PREPARE)
        stack.enter_context(product.process(sys.executable, "manage.py", "sandbox", "--latency-ms", "20"))
        product.wait_for_sandbox()
        fails = {"account": "demo-api-key", "http_status": 500, "share": 0.3, "is_random": True, "latency_ms": 300}
        product.sandbox.set_faults(esms=fails, receipts={"drop": True})

        file = product.log.with_name("notice.yaml")
        file.write_text(NOTICE)
        notice = product.manage("publish_notice", str(file), "--ward", "99001", "--by", "lanh.dao").split()[0]
        with product.process(*WORKER, "w@%h"), product.process(*BEAT, f"{data_dir}/beat"):
            product.wait_for_accepted(HOUSEHOLDS, 900)
            wait_until(lambda: not _waiting(product, notice), 300, "the last records", product.log)

        counts = product.sandbox.counts()
        events, statuses = _history(product)
        record_property("history", events)
        record_property("counts", counts)
        assert counts["accepted"] == HOUSEHOLDS
        assert counts.get("duplicates", 0) == 0
        assert statuses == {"SENT": HOUSEHOLDS}
        tripped = next(event for event in events if event[1] == "TRIPPED")
        assert tripped[:3] == ["SMS XA HOADONG", "TRIPPED", "http-500"]
        assert tripped[3] > HOUSEHOLDS // 2
        assert tripped[4] == "SMS du phong"


def _history(product: Stack) -> tuple[list, dict]:
    return json.loads(product.shell(HISTORY))


def _waiting(product: Stack, notice: str) -> int:
    counts = product.status(notice)["deliveries"].get("SMS", {})
    return counts.get("PENDING", 0) + counts.get("SENDING", 0)
