"""The Celery app, its queues and the beat timetable.

PostgreSQL is the queue of record; Celery only carries. Nothing here may be needed for correctness: an
emptied broker costs at most one beat of the sweep.
"""

import os
from typing import Any

from celery import Celery
from celery.contrib.django.task import DjangoTask
from celery.schedules import crontab
from django.db import transaction
from kombu.entity import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")


class Task(DjangoTask):
    """A task whose broker may be away: what it was to do stands in the database, where the sweep finds it."""

    abstract = True

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:
        """Enqueue after the commit. A broker that cannot be reached is logged, and no page fails for it."""

        def enqueue() -> None:
            self.delay(*args, **kwargs)

        transaction.on_commit(enqueue, robust=True)


app = Celery("portal", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
#: Lists have workers of their own: a file that takes long, or is made to, holds up lists and no message.
QUEUES = ("urgent", "sending", "default", "imports")
# Each queue with an exchange of its own: on a shared one every task would reach every queue.
app.conf.task_queues = [Queue(name, Exchange(name), routing_key=name) for name in QUEUES]
# A process that a long list has blown up ends after its task; the next starts small.
app.conf.worker_max_memory_per_child = 300_000  # KB
app.conf.task_routes = {
    "communities.tasks.read_import": {"queue": "imports"},
    "communities.tasks.apply_import": {"queue": "imports"},
    "communities.tasks.undo_import": {"queue": "imports"},
    "notices.tasks.fan_out": {"queue": "urgent"},
    "notices.tasks.sweep": {"queue": "urgent"},
    "notices.tasks.send_urgent": {"queue": "urgent"},
    "notices.tasks.apply_receipts": {"queue": "urgent"},
    "notices.tasks.send_due": {"queue": "sending"},
}
app.conf.beat_schedule = {
    # The promise: whatever a killed worker or an emptied Redis left is picked up within seconds.
    "sweep": {"task": "notices.tasks.sweep", "schedule": 5.0, "options": {"expires": 60}},
    "imports": {"task": "communities.tasks.recover_imports", "schedule": 30.0, "options": {"expires": 30}},
    "recount": {"task": "notices.tasks.recount", "schedule": crontab(hour=3, minute=20), "options": {"expires": 3600}},
    "lists": {"task": "communities.tasks.forget_lists", "schedule": 3600.0, "options": {"expires": 3600}},
}
app.autodiscover_tasks()
