"""Passwords tried lately, counted in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A table of its own; on the way back the counts are forgotten."""

    dependencies = [("communities", "0007_consent_by_channel")]

    operations = [
        migrations.CreateModel(
            name="PasswordTry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bucket", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["bucket", "at"], name="try_bucket_at"),
                    models.Index(fields=["at"], name="try_at"),
                ],
            },
        ),
    ]
