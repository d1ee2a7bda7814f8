"""The only way a view gets a notice: by asking as somebody. See communities.access for households and places."""

from django.http import Http404

from communities.models import User
from notices.models import Notice


def get_notice(user: User, notice_id: int) -> Notice:
    """A notice the user may see, with its ward and the people of its life. Http404 for any other."""
    rows = Notice.objects.visible_to(user).select_related("ward", "created_by", "published_by")
    notice = rows.filter(pk=notice_id).first()
    if notice is None:
        raise Http404
    return notice
