"""Publish a notice from the terminal."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from communities.models import User, Ward
from notices import tasks
from notices.models import Refused
from notices.publishing import lifecycle
from notices.writing import drafting


class Command(BaseCommand):
    """`publish_notice FILE.yaml --ward CODE --by USER`: through the same steps as the pages."""

    help = "Publish the notice written in a YAML file; prints its id and code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """File, ward, and the member of staff in whose name it is published."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--ward", required=True, help="official code of the ward")
        parser.add_argument("--by", required=True, help="login name of an approver or administrator of the ward")

    def handle(self, *, file: Path, ward: str, by: str, **options: Any) -> None:
        """Publish all or nothing. One sentence and exit code 2 when it cannot be done."""
        place = Ward.objects.current().filter(code=ward).first()
        user = User.objects.filter(username=by, is_active=True).first()
        if place is None:
            raise CommandError(f"Không có xã mã {ward}.", returncode=2)
        if user is None:
            raise CommandError(f"Không có tài khoản {by}.", returncode=2)
        try:
            data = drafting.parse(file.read_text(encoding="utf-8-sig"))
            with transaction.atomic():
                notice = drafting.draft(data, ward=place, by=user)
                at = timezone.now()
                lifecycle.submit(notice=notice, by=user, at=at)
                lifecycle.publish(notice=notice, by=user, at=at, is_operator=True)
                tasks.fan_out.delay_on_commit(notice_id=notice.pk)
        except OSError as error:
            raise CommandError(f"Không đọc được tệp {file}: {error.strerror}.", returncode=2) from error
        except UnicodeDecodeError as error:
            raise CommandError(f"Tệp {file} không phải văn bản UTF-8.", returncode=2) from error
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        self.stdout.write(f"{notice.pk} {notice.code}")
