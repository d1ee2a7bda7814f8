"""The request of a person who is signed in, for views behind login_required."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from communities.models import User


class StaffRequest(HttpRequest):
    """What login_required and the middleware promise: somebody of ours is signed in, and htmx says what it asks."""

    user: User
    htmx: HtmxDetails
