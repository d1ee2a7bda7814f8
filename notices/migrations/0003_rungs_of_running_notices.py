"""Notices published before ladders had rungs keep the one step they were published with, taken or still to come."""

from django.db import migrations


def add_rungs(apps, schema_editor):
    Notice, Rung = apps.get_model("notices", "Notice"), apps.get_model("notices", "Rung")
    rungs = []
    for notice in Notice.objects.filter(status="PUBLISHED", rungs__isnull=True).iterator():
        first = notice.ladder[0] if notice.ladder else {"channels": ["ZALO", "SMS"], "mode": "first"}
        is_taken = notice.fanned_out_at is not None
        rungs.append(
            Rung(
                notice=notice,
                number=0,
                channels=first["channels"],
                is_all=first["mode"] == "all",
                status="TAKEN" if is_taken else "WAITING",
                due_at=notice.published_at,
                taken_at=notice.fanned_out_at,
            )
        )
    Rung.objects.bulk_create(rungs)


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_delivery_engine")]
    # Backwards nothing is to be done: the table goes with 0002.
    operations = [migrations.RunPython(add_rungs, migrations.RunPython.noop)]
