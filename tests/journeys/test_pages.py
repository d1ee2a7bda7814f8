"""Every page in a real browser, on a phone and on a desk: nothing sticks out, fails, or shuts somebody out."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.journeys.pages import PAGES
from tests.journeys.stack import Stack
from tests.test_access import rows

AXE = (Path(__file__).parents[1] / "vendor" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
LIST = Path(__file__).parents[1] / "files" / "households" / "a_mot_dong_mot_ho.xlsx"
SIZES = ({"width": 1280, "height": 900}, {"width": 360, "height": 740})
#: WCAG 2.2, A and AA.
CHECK = """async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const found = await axe.run(document, {runOnly: tags, resultTypes: ["violations"]});
    return found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(" ")}`));
}"""

#: Addresses that answer GET, but with no page of their own.
NOT_PAGES = {"healthz", "import_problems", "notice_progress", "notice_return", "resident_copied", "webhook"}
FIND = "import json; from tests.journeys.world import world; print(json.dumps(world()))"


def test_every_page_is_looked_at():
    looked_at = {name for method, name, answers in rows() if method == "GET" and set(answers.values()) - {"405"}}
    assert looked_at == {name for name in PAGES if not name.isdigit()} | NOT_PAGES


@pytest.fixture(scope="module")
def browser_of(chromium, product: Stack) -> Callable:
    """`browser_of("can.bo")`: the page of somebody's own browser, signed in; None is a stranger's."""
    pages: dict[str | None, object] = {}

    def page_of(who: str | None):
        if who not in pages:
            context = chromium.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
            context.add_init_script(AXE)  # which a page's own policy does not stop
            page = pages[who] = context.new_page()
            if who:
                page.goto(f"{product.url}/")
                page.get_by_label("Tên đăng nhập").fill(who)
                page.get_by_label("Mật khẩu", exact=True).fill("toinha-demo")
                page.get_by_role("button", name="Đăng nhập").click()
                page.get_by_role("button", name="Đăng xuất").first.wait_for(state="attached")
        return pages[who]

    return page_of


@pytest.fixture(scope="module")
def world(product: Stack, browser_of) -> dict[str, str]:
    """A notice of each state, links of three households, and a list read but not written."""
    found = json.loads(product.shell(FIND))
    head = browser_of("truong.thon")
    head.goto(f"{product.url}/ho-dan/nhap/")
    head.locator("input[type=file]").set_input_files(LIST)
    head.get_by_role("button", name="Tải tệp lên và xem thử").click()
    head.locator(".tiles").wait_for(timeout=20_000)
    return found | {"upload": head.url.rstrip("/").rpartition("/")[2]}


#: (who, address, what it asks) of pages that bring themselves up to date, one of each; the wall stands on its own.
ASKING = [
    ("lanh.dao", "{desk}/thong-bao/{PUBLISHED}/", "/tien-do/"),
    ("quan.tri", "{desk}/kenh-gui/", "/kenh-gui/?"),
    ("truong.thon", "{desk}/ho-dan/nhap/{upload}/", "?seen="),
    (None, "{wall}/", "/wall.json"),
]
#: To the page, its tab is in front or behind. The browser of the tests never hides one.
TURN = """hidden => {
    Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.mark.parametrize(("who", "address", "asks"), ASKING)
def test_a_page_asks_while_somebody_looks_and_at_once_when_they_come_back(
    product: Stack, browser_of, world, who, address, asks
):
    signed_in = browser_of(who).context
    # A context of its own: the clock would stand still on every page of the one that the tests share.
    context = signed_in.browser.new_context(storage_state=signed_in.storage_state())
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url) if asks in request.url else None)
    page.clock.install()
    page.goto(address.format(desk=product.url, wall=product.sandbox.url, **world))
    with page.expect_response(lambda response: asks in response.url):
        page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    page.wait_for_load_state("networkidle")

    page.evaluate(TURN, True)
    asked.clear()
    page.clock.run_for(120_000)
    assert asked == []

    with page.expect_response(lambda response: asks in response.url):
        page.evaluate(TURN, False)
    context.close()


@pytest.mark.parametrize(("who", "address"), [page for pages in PAGES.values() for page in pages])
def test_page_fits_works_and_is_open_to_all(product: Stack, browser_of, world, who, address):
    page = browser_of(who)
    said = []
    listeners = {
        "console": lambda line: said.append(line.text) if line.type in {"error", "warning"} else None,
        "pageerror": lambda error: said.append(str(error)),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    page.set_viewport_size(SIZES[0])
    answer = page.goto(product.url + address.format(**world))
    wrong = []
    for size in SIZES:
        page.set_viewport_size(size)
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        wrong += [f"{size['width']}: {too_wide} px too wide"] if too_wide > 0 else []
        wrong += [f"{size['width']}: {violation}" for violation in page.evaluate(CHECK)]
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    if answer.status >= 400:  # the browser's own word about the page's status
        said = [line for line in said if not line.startswith("Failed to load resource")]
    assert (wrong, said) == ([], [])
