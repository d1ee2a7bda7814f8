"""Send one sample message over a gateway from the terminal."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from communities import phones
from notices.models import Gateway
from notices.sending import sample


class Command(BaseCommand):
    """`send_test GATEWAY_ID PHONE`: the same as “Gửi thử” on the page of gateways."""

    help = "Send one sample message over a gateway, and say what came of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The gateway, and a number as people write it."""
        parser.add_argument("gateway", type=int, help="id of the gateway")
        parser.add_argument("phone", help="a mobile number")

    def handle(self, *, gateway: int, phone: str, **options: Any) -> None:
        """One sentence. Exit code 2 for what cannot work."""
        row = Gateway.objects.filter(pk=gateway).first()
        if row is None:
            known = ", ".join(f"{one.pk} ({one.name})" for one in Gateway.objects.order_by("pk")[:20])
            raise CommandError(f"Không có kênh gửi số {gateway}. Đang có: {known or 'chưa kênh nào'}.", returncode=2)
        found, problems = phones.parse(phone, allow_demo=settings.DEMO)
        if problems or len(found) != 1 or found[0].kind != phones.MOBILE:
            raise CommandError(f"“{phone}” không phải một số di động.", returncode=2)
        try:
            said = sample.send(gateway=row, phone=found[0].number, by=None, at=timezone.now())
        except sample.SampleFailed as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(said)
