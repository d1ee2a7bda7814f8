"""Consent per contact and channel in one column, and the same for accounts a number does not have: a further channel
needs no column of its own. Nothing is lost in either direction, the history included."""

import django.contrib.postgres.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

TABLES = ("communities_contact", "communities_contactevent")
#: Only rows that say something: of a province, few do. No trigger is there meanwhile, so this is no change in history.
TO_CHANNELS = """
    UPDATE {table} SET
        refused = array_remove(ARRAY[
            CASE WHEN NOT is_zalo_allowed THEN 'ZALO' END, CASE WHEN NOT is_sms_allowed THEN 'SMS' END
        ], NULL),
        no_account = CASE WHEN no_zalo_since IS NULL THEN '{{}}'
            ELSE jsonb_build_object('ZALO', to_char(no_zalo_since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00'))
        END
    WHERE NOT is_zalo_allowed OR NOT is_sms_allowed OR no_zalo_since IS NOT NULL
"""
TO_COLUMNS = """
    UPDATE {table} SET
        is_zalo_allowed = NOT 'ZALO' = ANY(refused), is_sms_allowed = NOT 'SMS' = ANY(refused),
        no_zalo_since = (no_account ->> 'ZALO')::timestamptz
    WHERE refused <> '{{}}' OR no_account <> '{{}}'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('communities', '0006_read_old_plans_again'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='contact',
            name='changed_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='contact',
            name='deleted_delete',
        ),
        migrations.AddField(
            model_name='contact',
            name='no_account',
            field=models.JSONField(blank=True, db_default={}, default=dict, help_text='channel → when (ISO 8601) a provider said that the number has no account there'),
        ),
        migrations.AddField(
            model_name='contact',
            name='refused',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), blank=True, db_default=[], default=list, help_text='channels over which the person wants no messages', size=None),
        ),
        migrations.AddField(
            model_name='contactevent',
            name='no_account',
            field=models.JSONField(blank=True, db_default={}, default=dict, help_text='channel → when (ISO 8601) a provider said that the number has no account there'),
        ),
        migrations.AddField(
            model_name='contactevent',
            name='refused',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), blank=True, db_default=[], default=list, help_text='channels over which the person wants no messages', size=None),
        ),
        *(
            migrations.RunSQL(TO_CHANNELS.format(table=table), TO_COLUMNS.format(table=table)) for table in TABLES
        ),
        migrations.RemoveField(
            model_name='contact',
            name='is_sms_allowed',
        ),
        migrations.RemoveField(
            model_name='contact',
            name='is_zalo_allowed',
        ),
        migrations.RemoveField(
            model_name='contact',
            name='no_zalo_since',
        ),
        migrations.RemoveField(
            model_name='contactevent',
            name='is_sms_allowed',
        ),
        migrations.RemoveField(
            model_name='contactevent',
            name='is_zalo_allowed',
        ),
        migrations.RemoveField(
            model_name='contactevent',
            name='no_zalo_since',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contact',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "communities_contactevent" ("created_at", "created_by_id", "household_id", "id", "name", "no_account", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "phone_kind", "rank", "refused", "relation") VALUES (OLD."created_at", OLD."created_by_id", OLD."household_id", OLD."id", OLD."name", OLD."no_account", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."phone", OLD."phone_kind", OLD."rank", OLD."refused", OLD."relation"); RETURN NULL;', hash='e04ce4fe074f52591f706249b405f79c3c685324', operation='UPDATE', pgid='pgtrigger_changed_update_c803c', table='communities_contact', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contact',
            trigger=pgtrigger.compiler.Trigger(name='deleted_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "communities_contactevent" ("created_at", "created_by_id", "household_id", "id", "name", "no_account", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "phone_kind", "rank", "refused", "relation") VALUES (OLD."created_at", OLD."created_by_id", OLD."household_id", OLD."id", OLD."name", OLD."no_account", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."phone", OLD."phone_kind", OLD."rank", OLD."refused", OLD."relation"); RETURN NULL;', hash='301c693e02dc4c92fa72e62fdfd91a697a3ba2c2', operation='DELETE', pgid='pgtrigger_deleted_delete_32b5c', table='communities_contact', when='AFTER')),
        ),
    ]
