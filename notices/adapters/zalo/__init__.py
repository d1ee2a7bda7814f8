"""Zalo Official Account: approved templates by phone number."""

from django.utils.translation import gettext_noop as _

from notices.adapters.provider import Credential, Provider
from notices.adapters.zalo.codes import CODES

PROVIDERS = (
    Provider(
        slug="zalo_templates",
        name="Zalo OA",
        about=_("Tin theo mẫu Zalo đã duyệt, từ tài khoản OA của xã tới số điện thoại."),
        channel="ZALO",
        adapter="notices.adapters.zalo.adapter.ZaloTemplates",
        addresses={"zalo": "https://business.openapi.zalo.me", "zalo_oauth": "https://oauth.zaloapp.com"},
        credentials=(
            Credential("app_id", _("Mã ứng dụng (App ID)")),
            Credential("app_secret", _("Khóa bí mật của ứng dụng"), is_secret=True),
            Credential(
                "oa_secret_key",
                _("Khóa bí mật của OA"),
                hint=_("Ở mục Webhook của ứng dụng; khác khóa của ứng dụng. Để kiểm tra lời báo từ Zalo."),
                is_secret=True,
            ),
            Credential(
                "refresh_token",
                _("Mã làm mới (Refresh token)"),
                hint=_("Lấy ở công cụ API Explorer của Zalo. Chỉ dùng được một lần; sau đó hệ thống tự đổi mã mới."),
                is_secret=True,
            ),
            Credential(
                "template_id",
                _("Mã mẫu tin (Template ID)"),
                hint=_("Mẫu đã được Zalo duyệt, dùng cho thông báo. Nút xác nhận phải ghi “Tôi đã đọc”."),
            ),
        ),
        codes=CODES,
        issued=("access_token", "expires_at"),
        webhook_help=_("Dán vào mục Webhook của ứng dụng, ở trang dành cho nhà phát triển của Zalo."),
    ),
)
