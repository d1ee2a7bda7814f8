"""Background work on household lists, in a queue of its own: no message waits behind a file.

Whatever a file does to its worker, the worker ends with it: the soft limit tells the task, which says so; the hard one
kills the process, and the list is taken up again by `recover_imports`.
"""

from celery import shared_task
from django.utils import timezone

from communities import imports

#: Seconds; the longest list takes a tenth of each. (soft, hard)
READING = (60, 90)
WRITING = (300, 330)
EVERY = 30  # seconds between two looks for what was lost


@shared_task(soft_time_limit=READING[0], time_limit=READING[1])
def read_import(*, import_id: int) -> None:
    """Read an uploaded file into a plan."""
    imports.read(import_id=import_id, at=timezone.now())


@shared_task(soft_time_limit=WRITING[0], time_limit=WRITING[1])
def apply_import(*, import_id: int) -> None:
    """Write the plan of an import."""
    imports.apply(import_id=import_id, at=timezone.now())


@shared_task(soft_time_limit=WRITING[0], time_limit=WRITING[1])
def undo_import(*, import_id: int) -> None:
    """Take an applied list back."""
    imports.take_back(import_id=import_id, at=timezone.now())


@shared_task
def recover_imports() -> None:
    """Pick up what a killed worker or an emptied broker left: writing may be pressed again, reading is repeated, and
    given up when it ends every worker."""
    imports.release_stale(timezone.now())
    imports.give_up(timezone.now())
    for import_id in imports.waiting_for_reader(timezone.now()):  # asked for again next time: expires, not piled up
        read_import.apply_async(kwargs={"import_id": import_id}, expires=EVERY)


@shared_task
def forget_lists() -> None:
    """Throw away uploaded files nobody can need any more."""
    imports.forget_files(timezone.now())
