from django.db import migrations, models


class Migration(migrations.Migration):
    # Wider columns are a change of the catalogue alone. Back: fails while an address is longer than a phone number,
    # since cutting it would lose it.
    dependencies = [("notices", "0006_covered_and_pinned_deliveries")]

    operations = [
        migrations.AlterField(
            "delivery",
            "address",
            models.CharField(max_length=254, help_text="what the channel writes to: a number as +84…, or its like"),
        ),
        migrations.AlterField(
            "gateway",
            "credentials",
            models.BinaryField(default=bytes, editable=False, help_text="encrypted; notices.gateways.credentials"),
        ),
    ]
