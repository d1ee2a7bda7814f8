"""Village keys keep the word before the name, so that one ward may have Thôn 3 and Tổ dân phố 3."""

from django.db import migrations

from communities import names


def _rewrite(apps, key):
    village = apps.get_model("communities", "Village")
    for row in village.objects.only("name", "name_key").iterator():
        if row.name_key != key(row.name):
            row.name_key = key(row.name)
            row.save(update_fields=["name_key"])


def with_word(apps, schema_editor):
    _rewrite(apps, names.village_name_key)


def without_word(apps, schema_editor):
    """Back to the key without its word. Fails, changing nothing, if two villages of a ward then share one."""
    _rewrite(apps, names.village_key)


class Migration(migrations.Migration):
    dependencies = [("communities", "0002_household_desk_and_undo")]
    operations = [migrations.RunPython(with_word, without_word)]
