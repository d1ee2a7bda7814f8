"""Makes an account with one role in one place; asks for the password, or makes one and shows it once."""

import getpass
import secrets
import sys
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, transaction

from communities.models import Membership, User, Village, Ward

IN_A_VILLAGE = {Membership.Role.VILLAGE_HEAD, Membership.Role.HELPER}


class Command(BaseCommand):
    """`add_user mai.tt --name "Trịnh Thị Mai" --role EDITOR --ward 14758`"""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, what and where."""
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="the full name, as colleagues see it")
        parser.add_argument("--role", required=True, choices=list(Membership.Role.values))
        parser.add_argument("--ward", required=True, help="official code of the ward")
        parser.add_argument("--village", help="name of the village, for heads and helpers")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """CommandError with a sentence when the place is unknown, the name taken or the password weak."""
        place = self.place(options["role"], options["ward"], options["village"])
        user = User(username=options["username"], full_name=options["name"])
        password = self.password(user)
        user.set_password(password)
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError:
            raise CommandError(f"There is already an account named {user.username}.") from None
        membership = Membership.objects.create(user=user, role=options["role"], **place)
        self.stdout.write(f"Made: {user.username} · {membership}")

    def place(self, role: str, code: str, village_name: str | None) -> dict[str, Any]:
        """The ward, or the village in it that a head or helper needs."""
        ward = Ward.objects.current().filter(code=code).first()
        if ward is None:
            raise CommandError(f"There is no ward with the code {code}. `manage.py load_units` loads them.")
        if ward.is_demo and not settings.DEMO:
            raise CommandError(f"{ward} is the demo's: with DEMO=0 its accounts cannot sign in.")
        if role not in IN_A_VILLAGE:
            if village_name:
                raise CommandError(f"{role} works for the whole ward: leave --village out.")
            return {"ward": ward}
        village = Village.objects.filter(ward=ward, is_active=True, name=village_name or "").first()
        if village is None:
            known = ", ".join(Village.objects.filter(ward=ward).in_order().values_list("name", flat=True))
            raise CommandError(f"{role} needs --village; {ward} has: {known or 'no village yet'}.")
        return {"village": village}

    def password(self, user: User) -> str:
        """Typed twice at a terminal; made and shown once where nobody can type."""
        if not sys.stdin.isatty():
            made = secrets.token_urlsafe(12)
            self.stdout.write(f"Password: {made}")
            return made
        typed = getpass.getpass("Password: ")
        if typed != getpass.getpass("Again: "):
            raise CommandError("The two passwords differ; nothing was made.")
        try:
            validate_password(typed, user)
        except ValidationError as weak:
            raise CommandError(" ".join(weak.messages)) from None
        return typed
