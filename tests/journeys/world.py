"""What the addresses of PAGES leave open, found in the demo ward or put there."""

from communities import cards, keeping
from communities.models import Household, Membership, Tag
from notices.models import Gateway, Notice, Recipient
from notices.residents import links


def world() -> dict[str, str | int]:
    """Ids and tokens of the demo ward for PAGES, by name; makes a household with everything long and one that left."""
    found = {notice.status: notice.pk for notice in Notice.objects.filter(ward__code="99001").order_by("-pk")}
    running = Recipient.objects.filter(notice__status="PUBLISHED")
    found["asked"] = links.token(running.filter(confirmed_at=None).first().pk)
    found["confirmed"] = links.token(running.exclude(confirmed_at=None).first().pk)
    found["ended"] = links.token(Recipient.objects.filter(notice__status="WITHDRAWN").first().pk)
    Membership.objects.update(sees_circumstances=True)
    village = Membership.objects.get(user__username="truong.thon").village
    long, into, gone = Household.objects.filter(village=village, contacts__rank=1).order_by("pk")[:3]
    long.head_name, long.note = "Nguyễn Thị Minh Khai Hoàng Phương Thảo", "Cạnh nhà văn hóa, sau trạm bơm " * 4
    long.lane = "Ngõ 3, cụm 2, cạnh nhà văn hóa thôn cũ"
    long.save()
    for kind in Tag.Kind:
        tag = keeping.get_or_make_tag(ward_id=village.ward_id, name=f"Nhãn của {kind.label} dài", kind=kind.value)
        long.household_tags.create(tag=tag)
    keeping.leave(household_id=gone.pk, reason="MOVED_AWAY")
    found |= {"long": long.pk, "into": into.pk, "gone": gone.pk, "card": cards.token(long.pk)}
    found["gateway"] = Gateway.objects.order_by("pk").first().pk
    found["contact"] = long.contacts.get(rank=1).pk
    return found
