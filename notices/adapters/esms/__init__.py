"""Brand-name SMS through eSMS.vn."""

from django.utils.translation import gettext_noop as _

from notices.adapters.esms.codes import CODES
from notices.adapters.provider import Credential, Provider

PROVIDERS = (
    Provider(
        slug="esms",
        name="eSMS",
        about=_("Tin nhắn SMS mang tên thương hiệu của xã, qua eSMS.vn."),
        channel="SMS",
        adapter="notices.adapters.esms.adapter.Esms",
        addresses={"esms": "https://rest.esms.vn"},
        credentials=(
            Credential("api_key", _("Mã kết nối (ApiKey)"), is_secret=True),
            Credential("secret_key", _("Mã bí mật (SecretKey)"), is_secret=True),
            Credential(
                "brandname",
                _("Tên thương hiệu (Brandname)"),
                hint=_("Tên hiện trên máy người nhận, đã đăng ký với các nhà mạng."),
            ),
        ),
        codes=CODES,
        is_priced_by_part=True,
    ),
)
