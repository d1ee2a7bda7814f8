"""Keys have one letter for i and y where they are one: Quý and Quí, Lý and Lí (names.name_key)."""

from django.db import migrations

from communities import names

BATCH = 5_000
#: One statement for a million households: only those with such a word are written, and no history, which leaves the
#: keys out.
FORWARD = r"""
    UPDATE communities_household
    SET search_key = regexp_replace(search_key, '(^| )(h|k|l|m|s|t|v|qu)y(?= |$)', '\1\2i', 'g')
    WHERE search_key ~ '(^| )(h|k|l|m|s|t|v|qu)y( |$)'
"""


def villages_forward(apps, schema_editor):
    """Where a ward has both spellings as two villages, they stay two."""
    _rewrite_villages(apps, names.with_i)


def villages_back(apps, schema_editor):
    village = apps.get_model("communities", "Village")
    for row in village.objects.only("name", "name_key").iterator():
        # Its own letters again, word by word: the key may have its “so” and zeros left out.
        spelled = {names.with_i(word): word for word in names.fold(row.name).split()}
        key = " ".join(spelled.get(word, word) for word in row.name_key.split())
        if key != row.name_key:
            village.objects.filter(pk=row.pk).update(name_key=key)


def _rewrite_villages(apps, key_of):
    village = apps.get_model("communities", "Village")
    for row in village.objects.only("ward", "name_key", "is_active").iterator():
        key = key_of(row.name_key)
        namesakes = village.objects.filter(ward=row.ward_id, name_key=key, is_active=True).exclude(pk=row.pk)
        if key != row.name_key and not (row.is_active and namesakes.exists()):
            village.objects.filter(pk=row.pk).update(name_key=key)


def households_back(apps, schema_editor):
    household = apps.get_model("communities", "Household")
    written = household.objects.filter(search_key__regex=r"(^| )(h|k|l|m|s|t|v|qu)i( |$)")
    batch = []
    for row in written.only("code", "head_name", "lane", "search_key").iterator(BATCH):
        row.search_key = " ".join(key for part in (row.code, row.head_name, row.lane) if (key := names.fold(part)))[:300]
        batch.append(row)
        if len(batch) == BATCH:
            household.objects.bulk_update(batch, ["search_key"])
            batch = []
    household.objects.bulk_update(batch, ["search_key"])


def households_forward(apps, schema_editor):
    schema_editor.execute(FORWARD)


class Migration(migrations.Migration):
    dependencies = [("communities", "0009_reads_of_a_list")]
    operations = [
        migrations.RunPython(villages_forward, villages_back),
        migrations.RunPython(households_forward, households_back),
    ]
