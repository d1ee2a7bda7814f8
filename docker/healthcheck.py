"""Asks the web process of this container whether the portal is well, under a host name it accepts."""

import os
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

public = urlsplit(os.environ.get("PUBLIC_BASE_URL") or "http://localhost")
request = urllib.request.Request(
    f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz", headers={"Host": public.netloc}
)
try:
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - an http address of our own
        print(answer.read().decode())
except urllib.error.HTTPError as unwell:
    sys.exit(f"{unwell.code} {unwell.read().decode()}")
except OSError as error:
    sys.exit(str(error))
