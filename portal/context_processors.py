"""What every staff page shows around its content."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def desk(request: HttpRequest) -> dict[str, Any]:
    """Demo flag and public address, for the frame of the page."""
    return {"DEMO": settings.DEMO, "PUBLIC_BASE_URL": settings.PUBLIC_BASE_URL}
