from django.db import migrations, models
from django.db.models.deletion import CASCADE

# Plain names for two columns and their indexes. Renaming them keeps every row and takes no time; as Django would write
# it, the indexes would be built anew.
FORWARD = [
    "ALTER TABLE notices_delivery RENAME COLUMN carrier_id TO covered_by_id",
    "ALTER TABLE notices_delivery RENAME COLUMN is_tied TO is_pinned",
    "ALTER INDEX delivery_follower RENAME TO delivery_covered",
    "ALTER INDEX delivery_tied RENAME TO delivery_pinned",
]
BACK = [
    "ALTER TABLE notices_delivery RENAME COLUMN covered_by_id TO carrier_id",
    "ALTER TABLE notices_delivery RENAME COLUMN is_pinned TO is_tied",
    "ALTER INDEX delivery_covered RENAME TO delivery_follower",
    "ALTER INDEX delivery_pinned RENAME TO delivery_tied",
]


class Migration(migrations.Migration):
    dependencies = [("notices", "0005_wide_budgets")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(FORWARD, BACK)],
            state_operations=[
                migrations.RemoveIndex("delivery", "delivery_follower"),
                migrations.RemoveIndex("delivery", "delivery_tied"),
                migrations.RenameField("delivery", "carrier", "covered_by"),
                migrations.RenameField("delivery", "is_tied", "is_pinned"),
                migrations.AlterField(
                    "delivery",
                    "covered_by",
                    models.ForeignKey(
                        "notices.delivery", CASCADE, null=True, blank=True, related_name="covered", db_index=False
                    ),
                ),
                migrations.AddIndex(
                    "delivery",
                    models.Index(
                        fields=["covered_by"], name="delivery_covered", condition=models.Q(covered_by__isnull=False)
                    ),
                ),
                migrations.AddIndex(
                    "delivery",
                    models.Index(
                        fields=["not_before"],
                        name="delivery_pinned",
                        condition=models.Q(status="PENDING", is_pinned=True),
                    ),
                ),
            ],
        )
    ]
