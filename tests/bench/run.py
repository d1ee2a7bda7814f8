"""`make bench`: our figures beside a baseline measured in the same run; one table, and var/bench.json.

Servers, sandbox and workers are real processes on this machine. Every load is bounded by its count. Nothing
here is a test: machines differ and are noisy, so only the ratios are worth quoting.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ["DATA_DIR"] = str(ROOT / "var" / "bench")
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
os.environ.setdefault("SANDBOX_PORT", "8011")
os.environ["QUIET_HOURS"] = "off"  # a bench runs at any hour
for named in ("DATABASE_URL", "REDIS_URL"):
    os.environ.pop(named, None)  # never fill somebody's real database with a bench

from portal import embedded  # noqa: E402
from tests.bench import desk, fanning, importing, province, receipts, sending  # noqa: E402


def main() -> None:
    """Run every bench, print the table, keep the figures."""
    with embedded.servers():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        wanted = sys.argv[1:] or BENCHES
        rows = [row for name in wanted for row in BENCHES[name]()]
    table(rows)
    kept = ROOT / "var" / "bench.json"
    kept.write_text(json.dumps(rows, indent=1, ensure_ascii=False))
    print(f"\nKept in {kept.relative_to(ROOT)}")


def table(rows: list[dict]) -> None:
    """Print work, our figure, the baseline's, the ratio and the target."""
    print(f"\n{'work':104}{'ours':>14}{'baseline':>14}{'ratio':>9}   target")
    for row in rows:
        ours, base = f"{row['ours']:,.0f} {row['unit']}", f"{row['baseline']:,.0f} {row['unit']}"
        print(f"{row['work']:104}{ours:>14}{base:>14}{row['ours'] / row['baseline']:>8.2f}×   {row['target']}")


#: `run.py NAME …` runs only those.
BENCHES: dict[str, Callable[[], Iterator[dict]]] = {
    "importing": importing.importing,
    "desk": desk.desk,
    "fan_out": lambda: fanning.fan_out(100_000, wards=1),
    "fan_out_province": lambda: fanning.fan_out(1_000_000, wards=166),
    "province": province.province,
    "sending": sending.sending,
    "urgent_behind_bulk": sending.urgent_behind_bulk,
    "receipts": receipts.receipts,
}

if __name__ == "__main__":
    main()
