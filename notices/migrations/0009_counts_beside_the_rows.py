import django.db.models.deletion
import notices.models.words
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

#: What stands in the rows already, counted once; the triggers above count what comes.
FILL = """
    INSERT INTO notices_reachcount (notice_id, ward_id, village_id, reach, is_by_staff, households, is_sum)
    SELECT notice_id, ward_id, village_id, reach, confirmed_via IN ('IN_PERSON', 'PHONE_CALL', 'MEETING'), count(*), true
    FROM notices_recipient GROUP BY 1, 2, 3, 4, 5;

    INSERT INTO notices_reachmoment (notice_id, at, seconds, told, confirmed, is_sum)
    SELECT notice_id, at, 60, sum(told), sum(confirmed), true FROM (
        SELECT notice_id, date_trunc('minute', least(delivered_at, seen_at, confirmed_at)) AS at, 1 AS told, 0 AS confirmed
        FROM notices_recipient WHERE reach >= 2 AND coalesce(delivered_at, seen_at, confirmed_at) IS NOT NULL
        UNION ALL
        SELECT notice_id, date_trunc('minute', confirmed_at), 0, 1
        FROM notices_recipient WHERE confirmed_at IS NOT NULL
    ) AS reached
    GROUP BY 1, 2;

    INSERT INTO notices_messagecount
        (notice_id, rung, channel, status, was_sent, is_over_budget, messages, price, first_sent_at, is_sum)
    SELECT notice_id, rung, channel, status, sent_at IS NOT NULL, status = 'SKIPPED' AND error_code = 'budget', count(*),
           sum(price), min(sent_at), true
    FROM notices_delivery WHERE covered_by_id IS NULL GROUP BY 1, 2, 3, 4, 5, 6;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('communities', '0007_consent_by_channel'),
        ('notices', '0008_accounts_and_channels'),
    ]

    operations = [
        migrations.CreateModel(
            name='MessageCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rung', models.PositiveSmallIntegerField()),
                ('channel', models.CharField(choices=notices.models.words.message_choices, max_length=10)),
                ('status', models.CharField(max_length=20)),
                ('was_sent', models.BooleanField(help_text='a provider took it')),
                ('is_over_budget', models.BooleanField(help_text="left unsent because the month's money is spent")),
                ('messages', models.IntegerField()),
                ('price', models.BigIntegerField(help_text='đồng')),
                ('first_sent_at', models.DateTimeField(null=True)),
                ('is_sum', models.BooleanField(db_default=False, default=False)),
            ],
        ),
        migrations.CreateModel(
            name='ReachCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reach', models.PositiveSmallIntegerField(choices=[(0, 'Chưa liên hệ được'), (1, 'Đã gửi'), (2, 'Đã đến máy'), (3, 'Đã mở xem'), (4, 'Đã xác nhận')])),
                ('is_by_staff', models.BooleanField(help_text='told by staff')),
                ('households', models.IntegerField(help_text='in an appended row the difference, which may be negative')),
                ('is_sum', models.BooleanField(db_default=False, default=False)),
            ],
        ),
        migrations.CreateModel(
            name='ReachMoment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('seconds', models.PositiveSmallIntegerField(db_default=1, default=1)),
                ('told', models.IntegerField()),
                ('confirmed', models.IntegerField()),
                ('is_sum', models.BooleanField(db_default=False, default=False)),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='delivery',
            trigger=pgtrigger.compiler.Trigger(name='count_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        INSERT INTO notices_messagecount\n            (notice_id, rung, channel, status, was_sent, is_over_budget, messages, price, first_sent_at)\n        SELECT notice_id, rung, channel, status, was_sent, is_over_budget, sum(messages), sum(price),\n               min(first_sent_at)\n        FROM (\n    SELECT notice_id, rung, channel, status, sent_at IS NOT NULL AS was_sent,\n           status = 'SKIPPED' AND error_code = 'budget' AS is_over_budget,\n           1 AS messages, 1 * price::bigint AS price, sent_at AS first_sent_at\n    FROM new_rows WHERE covered_by_id IS NULL\n) AS changed\n        GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(messages) <> 0 OR sum(price) <> 0;\n        RETURN NULL;\n    ", hash='c0d208fb02861547766d6b2a4f9edaed191d99eb', level='STATEMENT', operation='INSERT', pgid='pgtrigger_count_insert_28fe0', referencing='REFERENCING NEW TABLE AS new_rows ', table='notices_delivery', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='delivery',
            trigger=pgtrigger.compiler.Trigger(name='count_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        INSERT INTO notices_messagecount\n            (notice_id, rung, channel, status, was_sent, is_over_budget, messages, price, first_sent_at)\n        SELECT notice_id, rung, channel, status, was_sent, is_over_budget, sum(messages), sum(price),\n               min(first_sent_at)\n        FROM (\n    SELECT notice_id, rung, channel, status, sent_at IS NOT NULL AS was_sent,\n           status = 'SKIPPED' AND error_code = 'budget' AS is_over_budget,\n           1 AS messages, 1 * price::bigint AS price, sent_at AS first_sent_at\n    FROM new_rows WHERE covered_by_id IS NULL\n UNION ALL \n    SELECT notice_id, rung, channel, status, sent_at IS NOT NULL AS was_sent,\n           status = 'SKIPPED' AND error_code = 'budget' AS is_over_budget,\n           -1 AS messages, -1 * price::bigint AS price, sent_at AS first_sent_at\n    FROM old_rows WHERE covered_by_id IS NULL\n) AS changed\n        GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(messages) <> 0 OR sum(price) <> 0;\n        RETURN NULL;\n    ", hash='1472b8e838af3f7da8987d61edeee7254b70c6ab', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_count_update_519df', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='notices_delivery', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='delivery',
            trigger=pgtrigger.compiler.Trigger(name='count_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        INSERT INTO notices_messagecount\n            (notice_id, rung, channel, status, was_sent, is_over_budget, messages, price, first_sent_at)\n        SELECT notice_id, rung, channel, status, was_sent, is_over_budget, sum(messages), sum(price),\n               min(first_sent_at)\n        FROM (\n    SELECT notice_id, rung, channel, status, sent_at IS NOT NULL AS was_sent,\n           status = 'SKIPPED' AND error_code = 'budget' AS is_over_budget,\n           -1 AS messages, -1 * price::bigint AS price, sent_at AS first_sent_at\n    FROM old_rows WHERE covered_by_id IS NULL\n) AS changed\n        GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(messages) <> 0 OR sum(price) <> 0;\n        RETURN NULL;\n    ", hash='71b393a9e4fff8c55d006799484781b80e474b5f', level='STATEMENT', operation='DELETE', pgid='pgtrigger_count_delete_91c70', referencing='REFERENCING OLD TABLE AS old_rows ', table='notices_delivery', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='recipient',
            trigger=pgtrigger.compiler.Trigger(name='count_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        INSERT INTO notices_reachcount (notice_id, ward_id, village_id, reach, is_by_staff, households)\n        SELECT notice_id, ward_id, village_id, reach, is_by_staff, sum(households) FROM (\n    SELECT notice_id, ward_id, village_id, reach, confirmed_via IN ('IN_PERSON', 'PHONE_CALL', 'MEETING') AS is_by_staff, 1 AS households FROM new_rows\n) AS changed\n        GROUP BY 1, 2, 3, 4, 5 HAVING sum(households) <> 0;\n        INSERT INTO notices_reachmoment (notice_id, at, told, confirmed)\n        SELECT notice_id, at, sum(told), sum(confirmed) FROM (\n    SELECT notice_id, date_trunc('second', least(delivered_at, seen_at, confirmed_at)) AS at,\n           1 AS told, 0 AS confirmed\n    FROM new_rows WHERE reach >= 2 AND coalesce(delivered_at, seen_at, confirmed_at) IS NOT NULL\n    UNION ALL\n    SELECT notice_id, date_trunc('second', confirmed_at), 0, 1 FROM new_rows WHERE confirmed_at IS NOT NULL\n) AS changed\n        GROUP BY 1, 2 HAVING sum(told) <> 0 OR sum(confirmed) <> 0;\n        RETURN NULL;\n    ", hash='a273a606b74b1f6f433e9bc559c56094d82bdc9e', level='STATEMENT', operation='INSERT', pgid='pgtrigger_count_insert_7c561', referencing='REFERENCING NEW TABLE AS new_rows ', table='notices_recipient', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='recipient',
            trigger=pgtrigger.compiler.Trigger(name='count_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        INSERT INTO notices_reachcount (notice_id, ward_id, village_id, reach, is_by_staff, households)\n        SELECT notice_id, ward_id, village_id, reach, is_by_staff, sum(households) FROM (\n    SELECT notice_id, ward_id, village_id, reach, confirmed_via IN ('IN_PERSON', 'PHONE_CALL', 'MEETING') AS is_by_staff, 1 AS households FROM new_rows\n UNION ALL \n    SELECT notice_id, ward_id, village_id, reach, confirmed_via IN ('IN_PERSON', 'PHONE_CALL', 'MEETING') AS is_by_staff, -1 AS households FROM old_rows\n) AS changed\n        GROUP BY 1, 2, 3, 4, 5 HAVING sum(households) <> 0;\n        INSERT INTO notices_reachmoment (notice_id, at, told, confirmed)\n        SELECT notice_id, at, sum(told), sum(confirmed) FROM (\n    SELECT notice_id, date_trunc('second', least(delivered_at, seen_at, confirmed_at)) AS at,\n           1 AS told, 0 AS confirmed\n    FROM new_rows WHERE reach >= 2 AND coalesce(delivered_at, seen_at, confirmed_at) IS NOT NULL\n    UNION ALL\n    SELECT notice_id, date_trunc('second', confirmed_at), 0, 1 FROM new_rows WHERE confirmed_at IS NOT NULL\n UNION ALL \n    SELECT notice_id, date_trunc('second', least(delivered_at, seen_at, confirmed_at)) AS at,\n           -1 AS told, 0 AS confirmed\n    FROM old_rows WHERE reach >= 2 AND coalesce(delivered_at, seen_at, confirmed_at) IS NOT NULL\n    UNION ALL\n    SELECT notice_id, date_trunc('second', confirmed_at), 0, -1 FROM old_rows WHERE confirmed_at IS NOT NULL\n) AS changed\n        GROUP BY 1, 2 HAVING sum(told) <> 0 OR sum(confirmed) <> 0;\n        RETURN NULL;\n    ", hash='3045d325712e7d64f610eab488a35ffde735b436', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_count_update_3ef06', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='notices_recipient', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='recipient',
            trigger=pgtrigger.compiler.Trigger(name='count_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        INSERT INTO notices_reachcount (notice_id, ward_id, village_id, reach, is_by_staff, households)\n        SELECT notice_id, ward_id, village_id, reach, is_by_staff, sum(households) FROM (\n    SELECT notice_id, ward_id, village_id, reach, confirmed_via IN ('IN_PERSON', 'PHONE_CALL', 'MEETING') AS is_by_staff, -1 AS households FROM old_rows\n) AS changed\n        GROUP BY 1, 2, 3, 4, 5 HAVING sum(households) <> 0;\n        INSERT INTO notices_reachmoment (notice_id, at, told, confirmed)\n        SELECT notice_id, at, sum(told), sum(confirmed) FROM (\n    SELECT notice_id, date_trunc('second', least(delivered_at, seen_at, confirmed_at)) AS at,\n           -1 AS told, 0 AS confirmed\n    FROM old_rows WHERE reach >= 2 AND coalesce(delivered_at, seen_at, confirmed_at) IS NOT NULL\n    UNION ALL\n    SELECT notice_id, date_trunc('second', confirmed_at), 0, -1 FROM old_rows WHERE confirmed_at IS NOT NULL\n) AS changed\n        GROUP BY 1, 2 HAVING sum(told) <> 0 OR sum(confirmed) <> 0;\n        RETURN NULL;\n    ", hash='adc081da0fa1bd21fe20394aff9b5e05648749f5', level='STATEMENT', operation='DELETE', pgid='pgtrigger_count_delete_06a93', referencing='REFERENCING OLD TABLE AS old_rows ', table='notices_recipient', when='AFTER')),
        ),
        migrations.AddField(
            model_name='messagecount',
            name='notice',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='notices.notice'),
        ),
        migrations.AddField(
            model_name='reachcount',
            name='notice',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='notices.notice'),
        ),
        migrations.AddField(
            model_name='reachcount',
            name='village',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='communities.village'),
        ),
        migrations.AddField(
            model_name='reachcount',
            name='ward',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='communities.ward'),
        ),
        migrations.AddField(
            model_name='reachmoment',
            name='notice',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='notices.notice'),
        ),
        migrations.AddIndex(
            model_name='messagecount',
            index=models.Index(fields=['notice'], name='messages_of_notice'),
        ),
        migrations.AddIndex(
            model_name='messagecount',
            index=models.Index(condition=models.Q(('is_sum', False)), fields=['id'], name='messages_appended'),
        ),
        migrations.AddConstraint(
            model_name='messagecount',
            constraint=models.UniqueConstraint(condition=models.Q(('is_sum', True)), fields=('notice', 'rung', 'channel', 'status', 'was_sent', 'is_over_budget'), name='message_sum_once'),
        ),
        migrations.AddIndex(
            model_name='reachcount',
            index=models.Index(fields=['notice', 'ward'], name='reach_of_notice'),
        ),
        migrations.AddIndex(
            model_name='reachcount',
            index=models.Index(condition=models.Q(('is_sum', False)), fields=['id'], name='reach_appended'),
        ),
        migrations.AddConstraint(
            model_name='reachcount',
            constraint=models.UniqueConstraint(condition=models.Q(('is_sum', True)), fields=('notice', 'ward', 'village', 'reach', 'is_by_staff'), name='reach_sum_once'),
        ),
        migrations.AddIndex(
            model_name='reachmoment',
            index=models.Index(fields=['notice', 'at'], name='moment_of_notice'),
        ),
        migrations.AddIndex(
            model_name='reachmoment',
            index=models.Index(condition=models.Q(('is_sum', False)), fields=['id'], name='moment_appended'),
        ),
        migrations.AddIndex(
            model_name='reachmoment',
            index=models.Index(condition=models.Q(('is_sum', True), ('seconds', 1)), fields=['at'], name='moment_fine'),
        ),
        migrations.AddConstraint(
            model_name='reachmoment',
            constraint=models.UniqueConstraint(condition=models.Q(('is_sum', True)), fields=('notice', 'at', 'seconds'), name='moment_sum_once'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),  # back: the tables go, the rows stay
    ]
