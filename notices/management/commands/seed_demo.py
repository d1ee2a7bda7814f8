"""Fill an empty installation with an invented ward."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from communities import demo as communities_demo
from communities.models import Ward
from notices import demo


class Command(BaseCommand):
    """`seed_demo [--wards N] [--households N]`: any size, to a million households."""

    help = "Make fictional wards with invented households; the first gets staff, gateways and sample notices."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many wards, and households in all."""
        parser.add_argument("--wards", type=int, default=1)
        parser.add_argument("--households", type=int, default=400, help="in all wards together")
        parser.add_argument("--without-notices", action="store_true", help="households, staff and gateways only")

    def handle(self, *, wards: int, households: int, without_notices: bool, **options: Any) -> None:
        """Refuses a second time, and outside a demo: invented people must never stand among real ones."""
        if not settings.DEMO:
            raise CommandError("Chỉ tạo dữ liệu mẫu khi DEMO=1.", returncode=2)
        if not 1 <= wards <= 900 or not 1 <= households <= 2_000_000:
            raise CommandError("Cần 1–900 xã và 1–2.000.000 hộ.", returncode=2)
        if Ward.objects.filter(is_demo=True).exists():
            raise CommandError("Đã có xã mẫu. Muốn làm lại từ đầu thì xóa thư mục var.", returncode=2)
        with transaction.atomic():
            made = communities_demo.make_wards(wards=wards, households=households)
            people = demo.make_staff(made[0])
            gateways = demo.make_gateways()
            notices = 0
            if not without_notices:
                notices = demo.make_notices(ward=made[0], people=people, gateways=gateways, at=timezone.now())
        self.stdout.write(f"Đã tạo {len(made)} xã mẫu, {made[0].name}: {notices} thông báo, {len(people)} tài khoản.")
