"""Accounts the sandbox has for whoever wants to try connecting one, by the slug of the provider."""

from collections.abc import Mapping

SPARE: Mapping[str, Mapping[str, str]] = {
    "zalo_templates": {
        "app_id": "4300000000000000002",
        "app_secret": "demo-spare-app-secret",
        "oa_secret_key": "demo-spare-oa-secret-key",
        "refresh_token": "demo-spare-refresh-token",
        "template_id": "100001",
    },
    "esms": {
        "api_key": "demo-spare-api-key",
        "secret_key": "demo-spare-secret-key",
        "brandname": "XA HOADONG 2",
    },
}
