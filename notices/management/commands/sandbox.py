"""The stand-in providers of a demo, and the wall of phones. Nothing it receives leaves the machine."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from communities.models import Ward
from notices.gateways import credentials
from notices.gateways.providers import webhook_url
from notices.models import Gateway
from notices.sandbox import server
from notices.sandbox.spare import SPARE
from notices.sandbox.state import BadControl, Options


class Command(BaseCommand):
    """Serves until interrupted; knows the gateways that are in the database when it starts."""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How the providers behave; faults can also be switched while it runs (POST /control/faults)."""
        usual = Options()
        parser.add_argument("--port", type=int, default=settings.SANDBOX_PORT)
        parser.add_argument("--host", default="127.0.0.1", help="another than loopback only inside a container")
        parser.add_argument("--latency-ms", type=int, default=usual.latency_ms, help="time a provider takes to answer")
        parser.add_argument("--no-zalo-percent", type=float, default=usual.no_zalo_percent)
        parser.add_argument("--fail-percent", type=float, default=2.0, help="phones that are switched off")
        parser.add_argument("--receipt-delay-ms", type=int, default=usual.receipt_delay_ms)
        parser.add_argument("--speed", type=float, default=usual.speed, help="divides every wait of receipts")

    def handle(self, *args: Any, **given: Any) -> None:
        """Exit code 0 after an interrupt. Raises CommandError with a sentence for what cannot work."""
        if given["speed"] <= 0:
            raise CommandError("--speed must be above 0.")
        options = Options(
            latency_ms=given["latency_ms"],
            no_zalo_percent=given["no_zalo_percent"],
            fail_percent=given["fail_percent"],
            receipt_delay_ms=given["receipt_delay_ms"],
            speed=given["speed"],
            portal_url=settings.PUBLIC_BASE_URL,
            vendor_dir=settings.BASE_DIR / "static" / "vendor",
        )
        zalo_apps, esms_accounts = self.accounts()
        try:
            app = server.create_app(options, zalo_apps, esms_accounts)
        except BadControl as wrong:
            raise CommandError(f"A gateway in the database cannot be played: {wrong}.") from None
        self.stdout.write(f"Wall of phones: http://localhost:{given['port']}/ (no message leaves this machine)")
        try:
            server.run(app, given["host"], given["port"])
        except OSError:
            raise CommandError(
                f"Port {given['port']} is taken by another program. Stop it, or choose another with --port."
            ) from None

    def accounts(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The spare accounts, and those of the gateways with the tokens the portal has by now."""
        # A gateway connected to a spare account has replaced its tokens meanwhile, so gateways come after.
        spare = {key: value for key, value in SPARE["zalo_templates"].items() if key != "template_id"}
        zalo_apps: list[dict[str, Any]] = [spare]
        esms_accounts: list[dict[str, Any]] = [dict(SPARE["esms"])]
        try:
            demo_ward = Ward.objects.filter(is_demo=True).first()
            for gateway in Gateway.objects.select_related("ward").order_by("pk"):
                try:
                    known = credentials.read(gateway)
                except credentials.Unreadable:
                    self.stderr.write(f"{gateway.name}: its credentials were encrypted with another key; left out.")
                    continue
                ward = gateway.ward or demo_ward
                if gateway.adapter == "zalo_templates" and known:
                    name = ward.office_name if ward else gateway.name
                    kept = ("app_id", "app_secret", "oa_secret_key", "access_token", "refresh_token", "expires_at")
                    app = {key: known.get(key, "") for key in kept}
                    zalo_apps.append(app | {"webhook_url": webhook_url(gateway), "name": name})
                elif gateway.adapter == "esms" and known:
                    esms_accounts.append({key: known.get(key, "") for key in ("api_key", "secret_key", "brandname")})
        except DatabaseError:
            self.stderr.write("The database has no gateways yet; connect them with POST /control/zalo-apps.")
        finally:
            connection.close()
        return zalo_apps, esms_accounts
