"""Background work on household lists."""

from celery import shared_task
from django.utils import timezone

from communities import imports


@shared_task
def read_import(*, import_id: int) -> None:
    """Read an uploaded file into a plan."""
    imports.read(import_id=import_id, at=timezone.now())


@shared_task
def apply_import(*, import_id: int) -> None:
    """Write the plan of an import."""
    imports.apply(import_id=import_id, at=timezone.now())


@shared_task
def undo_import(*, import_id: int) -> None:
    """Take an applied list back."""
    imports.take_back(import_id=import_id, at=timezone.now())


@shared_task
def recover_imports() -> None:
    """Pick up what a killed worker or an emptied broker left: writing may be pressed again, reading is repeated."""
    imports.release_stale(timezone.now())
    for import_id in imports.waiting_for_reader(timezone.now()):
        read_import.delay(import_id=import_id)


@shared_task
def forget_lists() -> None:
    """Throw away uploaded files nobody can need any more."""
    imports.forget_files(timezone.now())
