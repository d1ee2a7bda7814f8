"""The main job in a real browser, on the whole product: list → notice → phones → confirmations → dashboard."""

import re
from pathlib import Path

import pytest

from tests.journeys.stack import Stack, wait_until

LIST = Path(__file__).parents[1] / "files" / "households" / "a_mot_dong_mot_ho.xlsx"
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
TITLE = "Họp thôn bàn việc làm đường ngõ xóm"
INK = "element => getComputedStyle(element).color"


@pytest.fixture
def sign_in(chromium, product: Stack):
    """`sign_in("can.bo", DESK)`: a page of somebody's own browser, signed in, which fails on script errors."""
    contexts = []

    def go(username: str, viewport: dict):
        context = chromium.new_context(viewport=viewport, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        page.on("console", lambda line: pytest.fail(line.text) if "Content Security Policy" in line.text else None)
        page.goto(f"{product.url}/")
        page.get_by_label("Tên đăng nhập").fill(username)
        page.get_by_label("Mật khẩu", exact=True).fill("toinha-demo")
        page.get_by_role("button", name="Đăng nhập").click()
        return page

    yield go
    for context in contexts:
        context.close()


def test_from_the_list_to_the_last_household(product: Stack, sign_in, chromium):
    households = _import_the_list(product, sign_in("truong.thon", PHONE))
    notice = _write_and_approve(product, sign_in, households)

    # Zalo first, SMS for who has none; the sandbox's receipts come back to the portal.
    wait_until(lambda: _settled(product, notice), 60, "the send", product.log)
    accepted = _accepted(product, notice)
    by_zalo = [m for m in accepted if m["provider"] == "zalo"]
    by_sms = [m for m in accepted if m["provider"] == "esms"]
    status = product.status(notice)
    assert len(by_sms) >= 1
    carried = {channel: sum(states.get(s, 0) for s in ("SENT", "DELIVERED"))
               for channel, states in status["deliveries"].items()}  # fmt: skip
    assert carried == {"ZALO": len(by_zalo), "SMS": len(by_sms)}
    delivered = [m for m in accepted if m["delivered_at"]]
    assert status["reach"]["DELIVERED"] == len(delivered)
    assert status["told"] == len(delivered)

    _confirm_by_page(chromium, next(m for m in by_sms if m["delivered_at"]))
    _confirm_on_zalo(chromium, product, next(m for m in by_zalo if m["delivered_at"]))
    head = sign_in("truong.thon", PHONE)
    _tick_in_person(product, head)

    wait_until(lambda: product.status(notice)["reach"]["CONFIRMED"] == 3, 20, "three confirmations", product.log)
    status = product.status(notice)
    assert status["confirmed_via"] == {"IN_PERSON": 1, "LINK": 1, "ZALO_BUTTON": 1}
    assert status["told"] == len(delivered) + 1
    assert status["households"] == households

    desk = sign_in("can.bo", DESK)
    desk.goto(f"{product.url}/thong-bao/{notice}/")
    assert desk.locator("h1").inner_text() == TITLE
    sentence = f"{status['told']} trên {households} hộ đã được báo"
    desk.get_by_text(sentence).first.wait_for()
    numbers = [int(n.replace(".", "")) for n in re.findall(r"\d[\d.]*", desk.locator("#so-lieu").inner_text())]
    assert numbers == [
        2, 1, status["reach"]["SEEN"], status["reach"]["DELIVERED"], status["reach"]["SENT"],
        status["reach"]["NOT_REACHED"],
    ]  # fmt: skip


def test_the_numbers_rise_by_themselves(product: Stack, sign_in, tmp_path):
    """Somebody confirms while an official watches; nothing is reloaded."""
    file = tmp_path / "notice.yaml"
    file.write_text("title: Tổng vệ sinh\nbody: Mời bà con quét dọn đường làng.\nvillages: [Suối Đá]\n")
    notice = int(product.manage("publish_notice", str(file), "--ward", "99001", "--by", "lanh.dao").split()[0])
    wait_until(lambda: _settled(product, notice), 60, "the send", product.log)
    desk = sign_in("can.bo", DESK)
    desk.goto(f"{product.url}/thong-bao/{notice}/")
    before = desk.locator("#so-lieu").inner_text()
    message = next(m for m in _accepted(product, notice) if m["provider"] == "zalo" and m["delivered_at"])
    assert product.sandbox.press(reference=message["reference"])
    desk.wait_for_function(
        "before => document.querySelector('#so-lieu').innerText !== before", arg=before, timeout=30_000
    )
    assert product.status(notice)["confirmed_via"] == {"ZALO_BUTTON": 1}


def _import_the_list(product: Stack, page) -> int:
    """The head takes in the Excel list; returns the households of the village afterwards."""
    page.goto(f"{product.url}/ho-dan/nhap/")
    file, no_file = page.locator("input[type=file]"), page.get_by_text("Chưa chọn tệp nào", exact=True)
    assert no_file.is_visible() and page.get_by_text("Chọn tệp", exact=True).is_visible()
    assert file.evaluate(INK) == "rgba(0, 0, 0, 0)"  # the browser says the same in its own language
    file.set_input_files(LIST)
    assert not no_file.is_visible() and file.evaluate(INK) == "rgb(60, 71, 87)"  # its name
    page.get_by_role("button", name="Tải tệp lên và xem thử").click()
    page.get_by_role("button", name=re.compile("Ghi .* hộ")).wait_for(timeout=20_000)
    new, changed, unchanged, missing, problems = (
        int(text.replace(".", "")) for text in page.locator(".tiles b").all_inner_texts()
    )
    assert new + changed + unchanged == 30
    assert new >= 20
    assert problems >= 1
    page.get_by_role("button", name=f"Ghi {new + changed} hộ").click()
    page.get_by_text(f"Đã ghi {new + changed} hộ.").first.wait_for(timeout=20_000)
    return new + changed + unchanged + missing


def _write_and_approve(product: Stack, sign_in, households: int) -> int:
    """An editor writes to Thôn Đông Phú, an approver publishes; returns the notice's id."""
    page = sign_in("can.bo", DESK)
    page.get_by_role("link", name="Soạn thông báo").click()
    page.get_by_label("Tiêu đề", exact=True).fill(TITLE)
    page.get_by_role("textbox", name="Nội dung", exact=True).fill(
        "Kính mời đại diện hộ dự họp.\n\nĐề nghị bà con đến đúng giờ."
    )
    page.get_by_label("Khẩn", exact=True).check()
    page.get_by_label(re.compile("Thôn Đông Phú")).check()
    page.get_by_text(f"{households} hộ").first.wait_for()
    page.get_by_role("button", name="Trình duyệt").click()
    page.wait_for_url(re.compile(r"/thong-bao/\d+/"))
    notice = int(re.search(r"/thong-bao/(\d+)/", page.url)[1])

    approver = sign_in("lanh.dao", DESK)
    approver.goto(f"{product.url}/thong-bao/{notice}/duyet/")
    approver.get_by_role("button", name=f"Duyệt và gửi cho {households} hộ").click()
    approver.get_by_text("hộ đã được báo").first.wait_for(timeout=20_000)
    return notice


def _settled(product: Stack, notice: int) -> bool:
    """Everything was handed over and every receipt that will come has come."""
    status = product.status(notice)
    waiting = sum(c.get("PENDING", 0) + c.get("SENDING", 0) for c in status["deliveries"].values())
    expected = [m for m in _accepted(product, notice) if not m["is_off"]]
    return (
        status["is_fanned_out"]
        and not waiting
        and all(m["delivered_at"] for m in expected)
        and status["reach"]["DELIVERED"] == len(expected)
    )


def _confirm_by_page(chromium, message: dict) -> None:
    """A household opens the link of its SMS on a cheap phone without script, and taps once."""
    link = re.search(r"https?://\S+", message["content"])[0]
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(link)
    assert page.get_by_role("heading", name=TITLE).is_visible()
    page.get_by_role("button", name="Tôi đã đọc").click()
    assert page.get_by_text("Nhà mình đã xác nhận").is_visible()
    page.reload()
    assert page.get_by_role("button", name="Tôi đã đọc").count() == 0
    wrong = page.goto(link[:-2] + ("A" if link[-2] != "A" else "B") + "/")
    assert wrong is not None
    assert wrong.status == 404
    context.close()


def _confirm_on_zalo(chromium, product: Stack, message: dict) -> None:
    """Another one presses the button of its Zalo card on the wall of phones."""
    context = chromium.new_context(viewport=DESK)
    page = context.new_page()
    page.goto(product.sandbox.url)
    page.get_by_label("Tìm theo số điện thoại").fill(message["phone"].replace("+84", "0"))
    page.get_by_role("button", name="Tôi đã đọc").first.click()
    page.get_by_text("Đã xác nhận").first.wait_for()
    context.close()


def _tick_in_person(product: Stack, page) -> None:
    """The head tells a household without a phone, in two taps; undoes it, and ticks again."""
    page.goto(f"{product.url}/viec-hom-nay/")
    section = page.get_by_role("region", name=TITLE)
    card = section.locator("article.household").filter(has_text="Chưa có số điện thoại").first
    name = card.locator("h3").inner_text()
    card = section.locator("article.household").filter(has_text=name).first
    for is_first in (True, False):
        card.get_by_text("Đã báo").first.click()
        card.get_by_role("button", name="Tại nhà").click()
        card.get_by_role("button", name="Hoàn tác").wait_for()
        if is_first:
            card.get_by_role("button", name="Hoàn tác").click()
            card.get_by_text("Chưa có số điện thoại").wait_for()


def _accepted(product: Stack, notice: int) -> list[dict]:
    """What the providers accepted for a notice; its code begins every reference."""
    code = product.status(notice)["code"]
    return [m for m in product.sandbox.messages(accepted=1, limit=50_000) if m["reference"].startswith(f"{code}-")]
