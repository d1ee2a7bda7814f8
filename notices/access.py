"""The only way a view gets a notice or a gateway: by asking as somebody. See communities.access for households and
places."""

from django.core.exceptions import PermissionDenied
from django.http import Http404

from communities.access import Role, require
from communities.models import OFFICIALS, User, Ward
from notices.models import Gateway, Notice


def get_notice(user: User, notice_id: int) -> Notice:
    """A notice the user may see, with its ward and the people of its life. Http404 for any other."""
    rows = Notice.objects.visible_to(user).select_related("ward", "created_by", "published_by")
    notice = rows.filter(pk=notice_id).first()
    if notice is None:
        raise Http404
    return notice


def get_office(user: User) -> Ward:
    """The ward whose settings an official sees. PermissionDenied for village staff and who has no place yet."""
    ward = Ward.objects.for_user(user, OFFICIALS).order_by("name", "pk").first()
    if ward is None:
        raise PermissionDenied
    return ward


def is_administrator(user: User, ward: Ward) -> bool:
    """Whether the user changes the settings of the ward: its administrator."""
    return Ward.objects.for_user(user, (Role.WARD_ADMIN,)).filter(pk=ward.pk).exists()


def get_office_to_change(user: User) -> Ward:
    """As `get_office`. PermissionDenied as well for officials who only look."""
    ward = get_office(user)
    if not is_administrator(user, ward):
        raise PermissionDenied
    return ward


def get_gateway_to_change(user: User, gateway_id: int) -> Gateway:
    """A gateway the user may switch, test and price. PermissionDenied where they only look, Http404 for another
    ward's."""
    require(user, *OFFICIALS)
    gateway = Gateway.objects.visible_to(user).filter(pk=gateway_id).first()
    if gateway is None:
        raise Http404
    if not Gateway.objects.changeable_by(user).filter(pk=gateway_id).exists():
        raise PermissionDenied
    return gateway
