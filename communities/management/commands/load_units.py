"""Load the official provinces and commune-level units, from data/ (QĐ 19/2025/QĐ-TTg, in force 1/7/2025)."""

import csv
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from communities.models import Province, Ward

DATA = Path(__file__).resolve().parents[2] / "data"
VALID_FROM = date(2025, 7, 1)
THANH_HOA = "38"
KINDS = {"xa": Ward.Kind.COMMUNE, "phuong": Ward.Kind.WARD, "dac_khu": Ward.Kind.SPECIAL_ZONE}


class Command(BaseCommand):
    """Two statements, whatever is there already: names and kinds are brought up to the data, nothing is removed."""

    help = "Load the 34 provinces and the wards of Thanh Hóa (--all: of the whole country). Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One switch."""
        parser.add_argument("--all", action="store_true", help="all 3,321 wards, not only the 166 of Thanh Hóa")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and print one line."""
        provinces = [
            Province(code=row["code"], valid_from=VALID_FROM, name=row["name_vi"])
            for row in _rows("provinces_2025.csv")
        ]
        Province.objects.bulk_create(
            provinces, update_conflicts=True, unique_fields=["code", "valid_from"], update_fields=["name"]
        )
        ids = dict(Province.objects.filter(valid_from=VALID_FROM).values_list("code", "pk"))
        wards = [
            Ward(
                province_id=ids[row["province_code"]],
                code=row["code"],
                valid_from=VALID_FROM,
                kind=KINDS[row["type"]],
                name=row["name_vi"],
            )
            for row in _rows("communes_2025.csv")
            if options["all"] or row["province_code"] == THANH_HOA
        ]
        Ward.objects.bulk_create(
            wards,
            batch_size=1_000,
            update_conflicts=True,
            unique_fields=["code", "valid_from"],
            update_fields=["province", "kind", "name"],
        )
        self.stdout.write(f"{len(provinces)} provinces and {len(wards)} wards are in place.")


def _rows(filename: str) -> list[dict[str, str]]:
    with open(DATA / filename, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
