"""Passwords that were typed, for as long as they count towards a limit."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class PasswordTry(models.Model):
    """A password typed and not found right, in one bucket: an address, a name at an address, a name anywhere.

    Names nobody: a bucket is a keyed hash. It stands in the database and not in a cache, so that nobody guesses
    without limit while a cache is away or emptied.
    """

    bucket = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["bucket", "at"], name="try_bucket_at"),
            models.Index(fields=["at"], name="try_at"),
        ]

    def __str__(self) -> str:
        return f"{self.bucket[:8]} · {self.at:%H:%M:%S}"
