"""Every page of every role at two widths, as Debian's Chromium draws it."""

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.journeys.pages import PAGES
from tests.pictures.comparing import are_alike
from tests.pictures.serving import LISTS, NOW

#: At the same time; most of a picture is waiting.
BROWSERS = 3
#: How often a picture is drawn, at most, until it is the same twice.
TRIES = 6
SIZES = ({"width": 360, "height": 740}, {"width": 1280, "height": 900})
#: Letters loaded, no field focused, two frames drawn.
_SETTLE = """async () => {
    await document.fonts.ready;
    document.activeElement?.blur();
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
}"""
#: (name of the picture, who looks, address[, the button pressed first]), beside PAGES of the journeys.
MORE = [
    ("login-wrong", None, "/tai-khoan/dang-nhap/", "Đăng nhập"),
    ("login-english", "english", "/tai-khoan/dang-nhap/"),
    ("today-editor", "can.bo", "/"),
    ("today-admin", "quan.tri", "/"),
    ("today-english", "can.bo english", "/"),
    ("households-all", "can.bo", "/ho-dan/"),
    ("households-page-2", "can.bo", "/ho-dan/?page=2"),
    ("households-viewer", "nguoi.xem", "/ho-dan/"),
    ("household-viewer", "nguoi.xem", "/ho-dan/{long}/"),
    ("household-new-wrong", "can.bo", "/ho-dan/them/", "Thêm hộ"),
    ("import-new-official", "can.bo", "/ho-dan/nhap/"),
    *((f"import-{name}", "can.bo", f"/ho-dan/nhap/{{{name}}}/") for name in LISTS),
    ("compose-wrong", "can.bo", "/thong-bao/moi/", "Trình duyệt"),
    ("compose-edit-english", "can.bo english", "/thong-bao/{RETURNED}/sua/"),
    ("notice-closed", "can.bo", "/thong-bao/{CLOSED}/"),
    ("notice-submitted", "can.bo", "/thong-bao/{SUBMITTED}/"),
    ("notice-sending", "lanh.dao", "/thong-bao/{sending}/"),
    ("notice-paused", "lanh.dao", "/thong-bao/{paused}/"),
    ("notice-editor", "can.bo", "/thong-bao/{PUBLISHED}/"),
    ("notice-english", "lanh.dao english", "/thong-bao/{PUBLISHED}/"),
    ("notice-one-village", "lanh.dao", "/thong-bao/{PUBLISHED}/?con=tat-ca&sort=left&thon=1"),
    ("ladder-edit-flash", "quan.tri", "/cac-buoc-gui/hoa-toc/"),
    ("ladders-viewer", "nguoi.xem", "/cac-buoc-gui/"),
    ("visits-other-village", "truong.thon.2", "/viec-hom-nay/"),
    ("resident-english", "english", "/t/{asked}/"),
]


def take(folder: Path) -> int:
    """Take the pictures anew into a folder; returns how many there are."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "SECRET_KEY": "the-same-tokens-every-time-one-looks",
        "DEMO": "1",
        "PORT": "8000",
        "SANDBOX_PORT": "8001",
        "PUBLIC_BASE_URL": "http://localhost:8000",
        "DATA_DIR": os.environ.get("DATA_DIR", "var/test"),
    }
    program = [sys.executable, "-m", "tests.pictures.serving"]
    server = subprocess.Popen(program, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = server.stdout.readline()
        if not line:
            raise SystemExit("The demo ward did not come up; see above.")
        found = json.loads(line)
        looks = [
            (f"{name}-{place}", who, address)
            for name, pages in PAGES.items()
            for place, (who, address) in enumerate(pages, start=1)
        ]
        looks += MORE
        with ThreadPoolExecutor(BROWSERS) as pool:
            shares = [looks[first::BROWSERS] for first in range(BROWSERS)]
            return sum(pool.map(lambda share: _take(share, found, folder), shares))
    finally:
        server.stdin.close()
        server.wait(30)


def _take(looks: list[tuple], found: dict, folder: Path) -> int:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb", "--font-render-hinting=none"],
        )
        contexts: dict[str | None, BrowserContext] = {}
        return sum(_look(browser, contexts, look, found, folder) for look in looks)


def _look(browser: Browser, contexts: dict, look: tuple, found: dict, folder: Path) -> int:
    """The pictures of one page: as it comes, and with everything unfolded."""
    name, who, address, *pressed = look
    number = 0
    if who not in contexts:
        contexts[who] = _context(browser, who, found)
    page = contexts[who].new_page()
    page.clock.set_fixed_time(NOW)
    page.set_viewport_size(SIZES[0])
    page.goto(found["url"] + address.format(**found["world"]))
    with suppress(PlaywrightTimeout):  # what a page asks for afterwards; some never cease to ask
        page.wait_for_load_state("networkidle", timeout=3000)
    for button in pressed:
        page.locator("form").evaluate_all("forms => forms.forEach(form => form.noValidate = true)")
        with page.expect_navigation():
            page.get_by_role("button", name=button).first.click()
    for size in SIZES:
        page.set_viewport_size(size)
        number += _picture(page, folder / f"{name}-{size['width']}.png")
    if page.evaluate("() => document.querySelectorAll('details').length"):
        page.evaluate("""() => document.querySelectorAll("details").forEach(
            one => { one.removeAttribute("name"); one.open = true; })""")
        for size in SIZES:
            page.set_viewport_size(size)
            number += _picture(page, folder / f"{name}-open-{size['width']}.png")
    page.close()
    return number


def _context(browser: Browser, who: str | None, found: dict) -> BrowserContext:
    context = browser.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", reduced_motion="reduce")
    login, language = re.fullmatch(r"(\S*?) ?(english)?", who or "").groups()
    context.set_default_timeout(180_000)  # a busy machine is slow, not wrong
    cookies = {"sessionid": found["sessions"].get(login), "language": "en" if language else None}
    for name, value in cookies.items():
        if value:
            context.add_cookies([{"name": name, "value": value, "url": found["url"]}])
    context.route("**/da-xem/", lambda route: route.abort())  # a household that opens its page counts elsewhere
    return context


def _picture(page: Page, path: Path) -> int:
    """What stands still: nothing focused, nothing pointed at, and drawn twice in a row the same."""
    page.mouse.move(0, 0)
    page.evaluate(_SETTLE)
    shot = page.screenshot(full_page=True, animations="disabled", caret="hide")
    for _time in range(TRIES):
        before, shot = shot, page.screenshot(full_page=True, animations="disabled", caret="hide")
        if are_alike(before, shot):
            break
    else:
        print(f"{path.name}: did not come to rest", file=sys.stderr)
    path.write_bytes(shot)
    return 1
