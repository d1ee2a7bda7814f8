"""A browser, and the whole product for it to open."""

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.journeys.stack import Stack, whole_product

CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")  # its event loop must not outlive the journeys: other tests run loops of their own
def chromium() -> Iterator:
    """The system's Chromium. Without one its journeys are skipped, unless REQUIRE_BROWSER=1."""
    if CHROMIUM is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("REQUIRE_BROWSER=1, and there is no chromium on PATH")
        pytest.skip("no chromium on PATH")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def product() -> Iterator[Stack]:
    """One product with its demo ward for all journeys: none may count on what another left, or left alone."""
    with whole_product() as stack:
        yield stack
