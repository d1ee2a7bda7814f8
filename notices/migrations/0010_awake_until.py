from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0009_counts_beside_the_rows")]

    operations = [
        migrations.AddField(
            "notice",
            "awake_until",
            models.DateTimeField(
                null=True, blank=True, help_text="in a demo: its messages leave in the quiet hours that end then"
            ),
        ),
    ]
