from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0010_awake_until")]

    operations = [
        migrations.AddField(
            "gateway",
            "switched_on_at",
            models.DateTimeField(
                null=True, blank=True, help_text="steps taken while it was off are looked at once more"
            ),
        ),
    ]
