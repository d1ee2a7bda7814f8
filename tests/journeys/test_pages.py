"""Every page in a real browser, on a phone and on a desk: nothing sticks out, fails, or shuts somebody out."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

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

#: URL name → (who looks, address); `{…}` stands for what `world` finds in the demo ward.
PAGES = {
    "account_login": [(None, "/tai-khoan/dang-nhap/")],
    "account_inactive": [(None, "/tai-khoan/tam-khoa/")],
    "account_change_password": [("can.bo", "/tai-khoan/doi-mat-khau/")],
    "today": [("lanh.dao", "/"), ("nguoi.xem", "/")],
    "households": [
        ("can.bo", "/ho-dan/?q=nguyen"),
        ("truong.thon", "/ho-dan/?q=nguyen+thi"),
        ("can.bo", "/ho-dan/?q=x-x"),
    ],
    "household": [("can.bo", "/ho-dan/{long}/"), ("truong.thon", "/ho-dan/{long}/"), ("can.bo", "/ho-dan/{gone}/")],
    "household_new": [("can.bo", "/ho-dan/them/"), ("truong.thon", "/ho-dan/them/")],
    "household_edit": [("truong.thon", "/ho-dan/{long}/sua/")],
    "household_move": [("can.bo", "/ho-dan/{long}/chuyen-thon/"), ("truong.thon", "/ho-dan/{long}/chuyen-thon/")],
    "household_merge": [("can.bo", "/ho-dan/{long}/gop/?q=nguyen"), ("truong.thon", "/ho-dan/{long}/gop/?vao={into}")],
    "household_leave": [("truong.thon", "/ho-dan/{long}/ngung/")],
    "household_tags": [("can.bo", "/ho-dan/{long}/nhan/")],
    "household_notices": [("truong.thon", "/ho-dan/{long}/thong-bao/")],
    "household_cards": [("truong.thon", "/ho-dan/the/?q=nguyen"), ("can.bo", "/ho-dan/the/?q=x-x")],
    "household_card": [(None, "/h/{card}/")],
    "contact_new": [("truong.thon", "/ho-dan/{long}/so-moi/")],
    "contact_edit": [("can.bo", "/ho-dan/lien-he/{contact}/")],
    "import_new": [("truong.thon", "/ho-dan/nhap/")],
    "import_detail": [
        ("truong.thon", "/ho-dan/nhap/{upload}/"),
        ("truong.thon", "/ho-dan/nhap/{upload}/?mo=cot"),
        ("truong.thon", "/ho-dan/nhap/{upload}/?xem=problems"),
        ("can.bo", "/ho-dan/nhap/{upload}/?xem=missing"),
    ],
    "notices": [("can.bo", "/thong-bao/")],
    "notice_new": [("can.bo", "/thong-bao/moi/")],
    "notice_edit": [("can.bo", "/thong-bao/{RETURNED}/sua/")],
    "notice_approve": [("lanh.dao", "/thong-bao/{SUBMITTED}/duyet/")],
    "notice": [
        ("can.bo", "/thong-bao/{DRAFT}/"),
        ("lanh.dao", "/thong-bao/{PUBLISHED}/"),
        ("truong.thon", "/thong-bao/{PUBLISHED}/"),
        ("can.bo", "/thong-bao/{WITHDRAWN}/"),
    ],
    "gateways": [("quan.tri", "/kenh-gui/"), ("nguoi.xem", "/kenh-gui/")],
    "gateway": [("quan.tri", "/kenh-gui/{gateway}/")],
    "gateway_test": [("quan.tri", "/kenh-gui/{gateway}/gui-thu/")],
    "gateway_off": [("quan.tri", "/kenh-gui/{gateway}/tat/")],
    "ladders": [("quan.tri", "/cac-buoc-gui/")],
    "ladder_edit": [("quan.tri", "/cac-buoc-gui/thuong/")],
    "visits": [("truong.thon", "/viec-hom-nay/")],
    "resident": [(None, "/t/{asked}/"), (None, "/t/{confirmed}/"), (None, "/t/{ended}/"), (None, "/t/{asked}x/")],
    "403": [("truong.thon", "/thong-bao/")],
    "404": [("can.bo", "/thong-bao/999999/")],
}  # fmt: skip
#: Addresses that answer GET, but with no page of their own.
NOT_PAGES = {"healthz", "import_problems", "notice_progress", "notice_return", "webhook"}
#: Prints what PAGES leaves open.
FIND = """
import json
from communities import cards, households
from communities.models import Household, Membership, Tag, User
from notices.residents import links
from notices.models import Gateway, Notice, Recipient
found = {notice.status: notice.pk for notice in Notice.objects.filter(ward__code="99001").order_by("-pk")}
running = Recipient.objects.filter(notice__status="PUBLISHED")
found["asked"] = links.token(running.filter(confirmed_at=None).first().pk)
found["confirmed"] = links.token(running.exclude(confirmed_at=None).first().pk)
found["ended"] = links.token(Recipient.objects.filter(notice__status="WITHDRAWN").first().pk)
Membership.objects.update(sees_circumstances=True)
village = Membership.objects.get(user__username="truong.thon").village
long, into, gone = Household.objects.filter(village=village, contacts__rank=1).order_by("pk")[:3]
long.head_name, long.note = "Nguyễn Thị Minh Khai Hoàng Phương Thảo", "Cạnh nhà văn hóa, sau trạm bơm " * 4
long.lane = "Ngõ 3, cụm 2, cạnh nhà văn hóa thôn cũ"
long.save()
for kind in Tag.Kind:
    tag = households.get_or_make_tag(ward_id=village.ward_id, name=f"Nhãn của {kind.label} dài", kind=kind.value)
    long.household_tags.create(tag=tag)
households.leave(household_id=gone.pk, reason="MOVED_AWAY")
found |= {"long": long.pk, "into": into.pk, "gone": gone.pk, "card": cards.token(long.pk)}
found["gateway"] = Gateway.objects.order_by("pk").first().pk
found["contact"] = long.contacts.get(rank=1).pk
print(json.dumps(found))
"""


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
    found = json.loads(product.manage("shell", "--no-imports", "-v", "0", "-c", FIND))
    head = browser_of("truong.thon")
    head.goto(f"{product.url}/ho-dan/nhap/")
    head.locator("input[type=file]").set_input_files(LIST)
    head.get_by_role("button", name="Tải tệp lên và xem thử").click()
    head.locator(".tiles").wait_for(timeout=20_000)
    return found | {"upload": head.url.rstrip("/").rpartition("/")[2]}


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
