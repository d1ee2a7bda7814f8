"""What is told to whom, whether it arrived, whether it was confirmed.

What comes in: rows, and questions about them as chainable query sets, each beside its model. What goes out: rows. A
status changes only by `advance`. Nothing here knows a provider, a view, or the clock.
"""

from notices.models.counts import MessageCount, ReachCount, ReachMoment
from notices.models.delivery import MAY_HAVE_IT, Delivery, DeliveryQuerySet, Receipt, delivery_id_of, reference
from notices.models.gateway import Budget, Gateway, GatewayDay, GatewayEvent, new_webhook_key
from notices.models.ladder import Rung, VillageTask, WardLadder
from notices.models.notice import Notice, NoticeQuerySet, Recipient, Refused
from notices.models.words import (
    ACCOUNT_STOPPED,
    BY_PEOPLE,
    CODE_ALPHABET,
    CONFIRM_LABEL,
    MESSAGES,
    NO_CONTACT,
    NOT_COMPOSED,
    OPTED_OUT,
    OVER_BUDGET,
    STAFF_WAYS,
    Channel,
    ConfirmedVia,
    Reach,
    Urgency,
    new_code,
)

__all__ = [
    "ACCOUNT_STOPPED",
    "BY_PEOPLE",
    "CODE_ALPHABET",
    "CONFIRM_LABEL",
    "MAY_HAVE_IT",
    "MESSAGES",
    "NOT_COMPOSED",
    "NO_CONTACT",
    "OPTED_OUT",
    "OVER_BUDGET",
    "STAFF_WAYS",
    "Budget",
    "Channel",
    "ConfirmedVia",
    "Delivery",
    "DeliveryQuerySet",
    "Gateway",
    "GatewayDay",
    "GatewayEvent",
    "MessageCount",
    "Notice",
    "NoticeQuerySet",
    "Reach",
    "ReachCount",
    "ReachMoment",
    "Receipt",
    "Recipient",
    "Refused",
    "Rung",
    "Urgency",
    "VillageTask",
    "WardLadder",
    "delivery_id_of",
    "new_code",
    "new_webhook_key",
    "reference",
]
