"""Lists that waited to be written when the plan had another form are read again, by the task that picks up what waits."""

from django.db import migrations


def read_again(apps, schema_editor):
    waiting = apps.get_model("communities", "HouseholdImport").objects.filter(status="READY")
    waiting.exclude(plan__has_key="needs").update(status="READING", heartbeat_at=None)


class Migration(migrations.Migration):

    dependencies = [("communities", "0005_import_by_operator")]

    operations = [migrations.RunPython(read_again, migrations.RunPython.noop)]
