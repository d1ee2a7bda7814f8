"""Providers' calls, kept before anything is made of them."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db import connection

from notices.adapters.base import WebhookRequest
from notices.models import Gateway
from notices.receipts.group_commit import GroupCommit

# --- storing ------------------------------------------------------------------------------------------


def store(*, gateway: Gateway, request: WebhookRequest, at: datetime) -> None:
    """Keep a verified call as it came; one that is kept already stays as it is (providers repeat calls).

    Committed when it returns, together with what other threads store at this moment. Raises django.db.Error when
    nothing was stored.
    """
    body = request.body.decode("utf-8", "replace").replace("\x00", "")  # PostgreSQL's text holds no NUL
    query = sorted((name.replace("\x00", ""), value.replace("\x00", "")) for name, value in request.query.items())
    key = hashlib.sha256(f"{request.method}\n{query}\n".encode() + request.body).hexdigest()
    payload = {"method": request.method, "query": dict(query), "body": body}
    call = {"gateway_id": gateway.pk, "key": key, "payload": payload, "received_at": at.isoformat()}
    _calls.add(call)


def _insert(calls: Sequence[dict[str, Any]]) -> None:
    # In the order of the keys: two processes that store the same repeated calls take them in one order.
    in_order = sorted(calls, key=itemgetter("gateway_id", "key"))
    with connection.cursor() as cursor:
        # One JSON text, since arrays of parameters are put together element by element in Python.
        cursor.execute(
            """
            INSERT INTO notices_receipt (gateway_id, key, payload, received_at, outcome)
            SELECT c.*, '' FROM json_to_recordset(%s)
                AS c (gateway_id bigint, key text, payload jsonb, received_at timestamptz)
            ON CONFLICT (gateway_id, key) DO NOTHING
            """,
            [json.dumps(in_order, ensure_ascii=False)],
        )


_calls = GroupCommit(_insert)
