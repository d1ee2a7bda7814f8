"""Talking to a running sandbox: for tests, seeding and benches. Standard library only."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen


class SandboxClient:
    """A sandbox at `url` (no trailing slash). Every method raises OSError when it is not there."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    @property
    def base_urls(self) -> dict[str, str]:
        """What adapters.build wants: the sandbox in place of every provider."""
        return {"zalo": f"{self.url}/zalo", "zalo_oauth": f"{self.url}/zalo-oauth", "esms": f"{self.url}/esms"}

    def register_zalo_app(self, **fields: Any) -> None:
        """Connect an application: app_id, app_secret, oa_secret_key, webhook_url, access_token, … (state.ZaloApp)."""
        self._post("/control/zalo-apps", fields)

    def register_esms_account(self, **fields: Any) -> None:
        """Open an account: api_key, secret_key, brandname, balance (state.EsmsAccount)."""
        self._post("/control/esms-accounts", fields)

    def set_faults(self, **faults: dict[str, Any]) -> None:
        """Replace all faults: zalo=…, zalo_oauth=…, esms=…, receipts=… (state.Faults); nothing repairs all."""
        self._post("/control/faults", faults)

    def reset(self) -> None:
        """Forget messages, waiting receipts and faults."""
        self._post("/control/reset", {})

    def press(self, *, reference: str) -> bool:
        """Press the button of the latest message of this reference. Whether our webhook answered 200."""
        return bool(self._post("/phones/press", {"reference": reference}, fails=True).get("ok"))

    def messages(self, **filters: Any) -> list[dict[str, Any]]:
        """Messages received, oldest first: after, provider, phone, reference, accepted (1/0), limit."""
        return list(self._get("/messages.json", filters)["messages"])

    def counts(self) -> dict[str, int]:
        """Exact counts since the last reset: received, accepted, refused, duplicates, delivered (phones),
        pressed (messages), receipts (calls answered with 200), receipts_failed, tokens_refreshed, zalo_accepted,
        esms_refused, zalo:-118, esms:124, …; absent means none."""
        return dict(self._get("/messages.json", {"limit": 1})["counts"])

    def wait_for(self, seconds: float = 5, **wanted: int) -> dict[str, int]:
        """The counts once each reaches at least this number. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while True:
            counts = self.counts()
            if all(counts.get(name, 0) >= number for name, number in wanted.items()):
                return counts
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited for {wanted}, got {counts}")
            time.sleep(0.02)

    def _get(self, path: str, query: dict[str, Any]) -> dict[str, Any]:
        with urlopen(f"{self.url}{path}?{urlencode(query)}", timeout=10) as response:  # noqa: S310 - our own address
            return dict(json.load(response))

    def _post(self, path: str, body: dict[str, Any], *, fails: bool = False) -> dict[str, Any]:
        request = Request(  # noqa: S310 - our own address
            f"{self.url}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urlopen(request, timeout=10) as response:  # noqa: S310
                return dict(json.load(response))
        except HTTPError as error:
            answer = json.load(error)
            if fails:
                return dict(answer)
            raise ValueError(answer.get("reason", f"HTTP {error.code}")) from None
