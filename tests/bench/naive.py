"""The honest baseline of sending: one Celery task per message, `requests`, and a save() for each row.

This is what a competent afternoon's work looks like. It sends the same body to the same sandbox.
"""

import requests
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from notices.gateways import credentials
from notices.models import Delivery, Reach
from notices.residents import links
from notices.writing import composing


@shared_task(name="bench.naive_send", queue="sending")
def naive_send(delivery_id: int) -> None:
    """Send one Zalo template message and save what became of it."""
    delivery = Delivery.objects.select_related("recipient__household", "notice__ward", "gateway").get(pk=delivery_id)
    known = credentials.read(delivery.gateway)
    message = composing.message_for(
        delivery,
        notice=delivery.notice,
        head_name=delivery.recipient.household.head_name,
        link=links.url(delivery.recipient_id),
        template=known["template_id"],
    )
    answer = requests.post(
        f"{settings.PROVIDER_URLS['zalo']}/message/template",
        json={
            "phone": message.address.removeprefix("+"),
            "template_id": message.template,
            "template_data": dict(message.params),
            "tracking_id": message.reference,
            "sending_mode": "1",
        },
        headers={"access_token": known["access_token"]},
        timeout=10,
    ).json()
    delivery.status = "SENT" if answer["error"] == 0 else "FAILED"
    delivery.external_id = answer.get("data", {}).get("msg_id", "")
    delivery.sent_at = timezone.now()
    delivery.save()
    if delivery.status == "SENT":
        delivery.recipient.reach = max(delivery.recipient.reach, Reach.SENT)
        delivery.recipient.sent_at = delivery.sent_at
        delivery.recipient.save()
