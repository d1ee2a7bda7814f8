"""A plan in words: what people read of what a file would do."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from communities.encodings import UTF_8
from communities.lists.alarms import Alarm
from communities.lists.plan import Plan
from communities.models import HouseholdImport

FIELD_WORDS = {
    "head_name": _("Họ tên chủ hộ"),
    "birth_year": _("Năm sinh"),
    "members": _("Số khẩu"),
    "lane": _("Cụm, ngõ"),
    "address": _("Địa chỉ"),
    "note": _("Ghi chú"),
    "village_id": _("Thôn"),
    "gone": _("Tình trạng theo dõi"),
    "phone": _("Số điện thoại"),
    "relation": _("Số của ai"),
}

REFUSALS = {
    "NOT_A_SPREADSHEET": _("Tệp này không phải bảng tính. Hãy chọn tệp Excel (.xlsx, .xls), .ods hoặc .csv."),
    "OTHER_FORMAT": _(
        "Hệ thống chưa đọc được tệp %(suffix)s. Hãy mở tệp bằng Excel, chọn “Lưu thành” .xlsx, rồi tải lên lại."
    ),
    "WORD_FILE": _(
        "Tệp này là văn bản, không phải bảng tính. Hãy mở bằng Word, chép bảng danh sách hộ sang một tệp Excel mới, "
        "lưu thành .xlsx, rồi tải lên."
    ),
    "PDF_FILE": _(
        "Tệp này là PDF nên không đọc ra bảng được. Hãy xin tệp Excel gốc; nếu không có, mở PDF bằng Word, chép bảng "
        "sang một tệp Excel mới, lưu thành .xlsx, rồi tải lên."
    ),
    "PICTURE": _(
        "Tệp này là ảnh nên không đọc ra bảng được. Hãy xin tệp Excel gốc, hoặc gõ danh sách vào Excel, rồi tải lên."
    ),
    "ARCHIVE": _("Tệp này là tệp nén. Hãy giải nén, rồi tải lên tệp danh sách ở bên trong."),
    "NUMBERS_FILE": _(
        "Tệp này của Numbers trên máy Apple. Hãy mở bằng Numbers, chọn “Xuất sang” Excel, rồi tải tệp .xlsx lên."
    ),
    "CONTACTS": _(
        "Tệp này là danh bạ điện thoại (vCard), không cho biết ai là chủ hộ. Hãy chép tên chủ hộ và số điện thoại "
        "sang một tệp Excel, rồi tải lên."
    ),
    "GOOGLE_LINK": _(
        "Tệp này chỉ là đường dẫn tới Google Trang tính. Hãy mở trang tính đó, chọn “Tải xuống” Microsoft Excel "
        "(.xlsx), rồi tải tệp vừa lưu lên."
    ),
    "FREE_TEXT": _(
        "Tệp này là văn bản thường, các dòng không chia thành cột. Hãy chép sang Excel, mỗi thông tin một cột, có dòng "
        "tiêu đề “Họ và tên chủ hộ”, “Số điện thoại”, rồi tải lên."
    ),
    "DATA_FILE": _(
        "Tệp này là dữ liệu của một phần mềm, không phải bảng tính. Hãy xuất danh sách từ phần mềm đó thành Excel "
        "(.xlsx) hoặc CSV, rồi tải lên."
    ),
    "LOST_LETTERS": _(
        "Chữ có dấu trong tệp đã mất khi lưu, không lấy lại được từ tệp này. Hãy mở tệp gốc bằng Excel, chọn “Lưu "
        "thành” .xlsx hoặc “CSV UTF-8”, rồi tải lên lại."
    ),
    "PASSWORD": _("Tệp này có mật khẩu. Hãy bỏ mật khẩu trong Excel, lưu lại, rồi tải lên lại."),
    "DAMAGED": _("Tệp này bị hỏng, không mở được. Hãy mở bằng Excel, lưu lại, rồi tải lên lại."),
    "TOO_LARGE": _("Tệp quá lớn. Tối đa %(limit)s MB. Hãy tách danh sách thành nhiều tệp nhỏ hơn."),
    "TOO_MANY_ROWS": _(
        "Tệp có dữ liệu ở quá %(limit)s dòng. Hãy xóa các dòng thừa bên dưới danh sách, hoặc tách thành nhiều tệp."
    ),
    "TOO_MANY_COLUMNS": _("Tệp có dữ liệu ở quá %(limit)s cột. Hãy xóa các cột thừa bên phải danh sách."),
    "EMPTY": _("Tệp này không có hộ nào. Hãy kiểm tra xem có chọn nhầm tệp không."),
    "NO_HEADER": _(
        "Không tìm thấy dòng tiêu đề. Tệp cần có một dòng ghi tên cột, ít nhất “Họ và tên chủ hộ” và một cột nữa, "
        "trong 30 dòng đầu."
    ),
    "PERSON_ROWS": _(
        "Tệp này liệt kê từng người mà không cho biết ai cùng một hộ. Hãy thêm cột “Họ và tên chủ hộ” hoặc “Quan hệ "
        "với chủ hộ”, rồi tải lên lại."
    ),
    "NO_LIST": _(
        "Tệp này không phải danh sách hộ: không có cột nào ghi họ và tên. Hãy chọn tệp có một cột “Họ và tên chủ hộ”."
    ),
    "OFFICIALS": _(
        "Tệp này là danh sách cán bộ, không phải danh sách hộ, nên không nhập. Hãy chọn danh sách hộ của thôn."
    ),
    "ZALO_MEMBERS": _(
        "Tệp này là danh sách thành viên nhóm Zalo: chỉ có tên Zalo, không có số điện thoại và chủ hộ. Hãy dùng danh "
        "sách hộ của thôn, có cột “Họ và tên chủ hộ” và “Số điện thoại”."
    ),
    "NO_SHEET": _("Tệp không có trang tính “%(name)s”."),
    "WEB_PAGE": _(
        "Tệp này là trang web lưu dưới tên Excel. Hãy mở bằng Excel, chọn “Lưu thành” .xlsx, rồi tải lên lại."
    ),
    "TOO_HEAVY": _(
        "Tệp quá nặng, hệ thống không đọc được. Hãy chép riêng bảng danh sách hộ sang một tệp mới rồi tải lên lại."
    ),
    "GIVEN_UP": _(
        "Hệ thống đã đọc tệp này %(times)s lần mà không xong, nên đã dừng lại. Danh sách hộ chưa có gì thay đổi. Hãy "
        "chép riêng bảng danh sách hộ sang một tệp mới rồi tải lên lại."
    ),
    "FORGOTTEN": _("Tệp đã được xóa sau 30 ngày, vì danh sách có thông tin của nhiều người. Hãy tải lên lại nếu cần."),
    "BROKEN": _("Hệ thống chưa đọc được tệp này. Danh sách hộ chưa có gì thay đổi. Hãy báo cho người quản trị của xã."),
}

PROBLEMS = {
    "NO_NAME": _("Dòng không có họ tên chủ hộ. Sẽ bỏ qua; hãy điền tên nếu đây là một hộ."),
    "NO_HEAD": _("Không biết người này thuộc hộ nào. Sẽ bỏ qua dòng; hãy ghi chủ hộ ở dòng phía trên."),
    "NOT_A_NAME": _("Ô này không phải họ tên. Sẽ bỏ qua dòng; hãy sửa lại họ tên chủ hộ."),
    "LOST_LETTERS": _(
        "Họ tên ở ô này đã mất chữ (thành dấu “?”). Sẽ bỏ qua dòng; hãy mở tệp gốc bằng Excel, chọn “Lưu thành” .xlsx, "
        "rồi tải lên lại."
    ),
    "ODD_NAME": _("Ô này có thể không phải họ tên người. Vẫn ghi thành một hộ; hãy xem lại."),
    "HEAD_DEAD": _(
        "Danh sách ghi chủ hộ %(head)s đã mất. Vẫn ghi hộ này; nếu đã có chủ hộ mới, hãy sửa họ tên trong tệp."
    ),
    "CUT": _("Ô này quá dài nên chỉ đọc được phần đầu. Hãy viết ngắn lại trong tệp, rồi tải lên lại."),
    "TOO_LONG": _("Ô này quá dài, không ghi được. Hãy viết ngắn lại."),
    "BAD_YEAR": _("Năm sinh chưa đúng. Sẽ để trống; viết theo dạng 1962 hoặc 05/03/1962."),
    "BAD_COUNT": _("Số khẩu chưa đúng. Sẽ để trống; hãy ghi một số từ 1 đến 50."),
    "PHONE_TOO_SHORT": _("Số điện thoại thiếu số. Sẽ để trống; hãy hỏi lại hộ %(head)s."),
    "PHONE_TOO_LONG": _("Số điện thoại thừa số. Sẽ để trống; hãy hỏi lại hộ %(head)s."),
    "PHONE_UNKNOWN_PREFIX": _("Không có đầu số điện thoại này. Sẽ để trống; hãy hỏi lại hộ %(head)s."),
    "PHONE_LOST_DIGITS": _("Excel đã làm mất các chữ số cuối. Hãy đặt cột thành dạng Văn bản và gõ lại số."),
    "PHONE_NO_NUMBER": _("Ô này không có số điện thoại. Sẽ để trống; nếu là ghi chú, hãy chuyển sang cột Ghi chú."),
    "PHONE_SERVICE": _("Đây là số tổng đài, không phải số của hộ. Sẽ để trống; hãy hỏi lại hộ %(head)s."),
    "PHONE_OFFICIAL": _(
        "Ô này ghi số của cán bộ, không phải của hộ. Sẽ để trống; nếu là số của hộ %(head)s, hãy bỏ chữ bên cạnh."
    ),
    "NUMBER_IN_NAME": _(
        "Trong ô họ tên có dãy số không phải số điện thoại đúng. Chỉ ghi họ tên; hãy hỏi lại hộ %(head)s."
    ),
    "NUMBER_FROM_NOTE": _(
        "Dòng không có số nào khác, nên số trong ghi chú được ghi là số của hộ %(head)s. Hãy xem lại."
    ),
    "NUMBER_IN_NOTE": _(
        "Trong ghi chú có số điện thoại không rõ là của hộ. Không ghi số này; nếu là số của hộ %(head)s, hãy chép sang "
        "cột số điện thoại."
    ),
    "PHONE_OLD": _("Ô này ghi là số cũ, không dùng nữa. Sẽ để trống; hãy hỏi lại hộ %(head)s."),
    "SHARED_PHONE": _(
        "Số điện thoại này cũng là của hộ %(other)s. Vẫn ghi cho hộ %(head)s; nếu không dùng chung, hãy sửa trong tệp."
    ),
    "NO_VILLAGE": _("Chưa biết hộ %(head)s thuộc thôn nào. Sẽ bỏ qua; hãy chọn thôn khi tải tệp lên."),
    "UNKNOWN_VILLAGE": _("Trong xã chưa có thôn này. Sẽ bỏ qua dòng; hãy sửa tên, hoặc chọn thôn cho tên này."),
    "VILLAGE_LEFT_OUT": _("Ông/bà đã chọn bỏ qua các hộ của thôn này."),
    "OTHER_VILLAGE": _("Hộ %(head)s thuộc thôn khác với thôn đã chọn. Sẽ bỏ qua dòng."),
    "SAME_ROW_TWICE": _(
        "Hộ %(head)s đã có ở dòng %(other)s, cùng mã hộ hoặc cùng năm sinh và số điện thoại. Chỉ lấy dòng đầu."
    ),
    "SAME_NAME_IN_FILE": _(
        "Trong thôn có hai hộ cùng tên %(head)s (dòng %(other)s). Sẽ ghi thành hai hộ; nếu là một, hãy xóa một dòng."
    ),
    "SAME_NAME": _(
        "Trong thôn đã có hộ cùng tên (%(other)s) nhưng khác năm sinh hoặc số điện thoại. Sẽ ghi thành hộ mới; "
        "nếu là một hộ, hãy sửa trong tệp cho khớp."
    ),
    "MEMBERS_DIFFER": _("Cột số khẩu ghi %(value)s, nhưng trong tệp có %(other)s người. Sẽ ghi theo cột số khẩu."),
    "STATUS_NOTE": _(
        "Ghi chú cho thấy hộ %(head)s có thể không còn ở đây. Vẫn ghi hộ này; nếu không còn, hãy đánh dấu đã chuyển đi."
    ),
    "HIDDEN_ROWS": _("Có %(value)s dòng đang ẩn trong tệp; các dòng đó cũng được đọc."),
    "CONVERTED": _(
        "Chữ trong tệp viết bằng phông cũ hoặc bị lưu sai bảng mã (%(value)s), đã chuyển sang chữ thường dùng. Hãy xem "
        "lại họ tên."
    ),
    "SHEET_HIDDEN": _("Trang tính “%(value)s” đang ẩn nên không được đọc."),
    "SHEET_OF_PERSONS": _("Trang tính “%(value)s” liệt kê từng người mà không rõ hộ nào nên không được đọc."),
    "SHIFTED": _(
        "%(value)s trên %(other)s hộ đổi “%(head)s”. Có thể một cột bị lệch hoặc đã sắp xếp riêng. Hãy xem lại tệp."
    ),
    "OTHER_TITLE": _("Tiêu đề của tệp ghi “%(value)s”, nhưng danh sách được nhập vào %(other)s."),
    "ALL_NEW": _("Gần như cả danh sách là hộ mới (%(value)s trên %(other)s). Có thể đã chọn nhầm thôn hoặc nhầm tệp."),
    "ERROR_VALUE": _("Ô này là lỗi công thức của Excel (%(value)s). Sẽ để trống; hãy gõ lại giá trị."),
    "PART_LEFT": _(
        "Bên cạnh danh sách còn một bảng khác (cột %(value)s) nên không đọc cột đó. Nếu đó là thông tin của hộ, hãy "
        "chọn cột ở trên."
    ),
    "TABLE_LEFT": _("Bảng từ dòng này (%(value)s) không phải danh sách hộ nên không đọc."),
    "SHEET_LEFT": _("Trang tính “%(value)s” không phải danh sách hộ nên không đọc (%(other)s dòng)."),
    "SHEET_TWICE": _("Trang tính “%(value)s” giống hệt trang “%(other)s” nên chỉ đọc một lần."),
    "STRUCK_OUT": _(
        "Dòng của hộ %(head)s bị gạch ngang trong tệp. Vẫn ghi hộ này; nếu hộ không còn ở đây, "
        "hãy đánh dấu đã chuyển đi."
    ),
    "EXAMPLE_ROW": _("Dòng này là ví dụ của mẫu nên không ghi thành hộ."),
    "DROPPED_PHONE": _(
        "Đã có người bỏ hoặc thay số này ở hộ %(head)s, nên không ghi lại. Nếu số vẫn dùng, hãy thêm ở trang của hộ."
    ),
    "MERGED": _(
        "Hộ %(head)s đã được gộp vào hộ %(other)s. Sẽ bỏ qua dòng; nếu là hai nhà khác nhau, mở hộ đã gộp và bấm "
        "“Đưa trở lại”."
    ),
    "MOVED": _(
        "Hộ %(head)s đã được chuyển sang %(other)s. Sẽ bỏ qua dòng; nếu hộ đã về, hãy chuyển lại ở trang của hộ."
    ),
    "ELSEWHERE": _(
        "Hộ %(head)s đang thuộc thôn khác. Sẽ bỏ qua dòng, vì có người tải, sửa hoặc ghi danh sách này không được "
        "chuyển hộ từ thôn đó; hãy nhờ cán bộ xã."
    ),
    "NOT_BACK": _(
        "Hộ %(head)s đã ngừng theo dõi (%(other)s). Sẽ bỏ qua dòng; đưa hộ trở lại là việc của trưởng thôn hoặc cán "
        "bộ xã."
    ),
    "CODE_TAKEN": _("Mã hộ này đã dùng cho hộ khác. Hộ %(head)s sẽ được cấp mã mới."),
}


def refusal(kind: str, details: dict[str, Any]) -> dict[str, Any]:
    """Fields of an import that is refused: the sentence, and its parts for other languages."""
    with translation.override("vi"):
        sentence = str(REFUSALS[kind]) % details
    return {"refusal": sentence, "plan": {"refusal": kind, "details": details}}


def refusal_of(row: HouseholdImport) -> str:
    """Why a file was refused, in the reader's language."""
    kind = row.plan.get("refusal", "")
    if row.plan.get("forgotten"):
        kind = "FORGOTTEN"
    return str(REFUSALS[kind]) % row.plan.get("details", {}) if kind in REFUSALS else row.refusal


#: Why a sheet is not read → what is said of it.
_SHEETS = {
    "HIDDEN": "SHEET_HIDDEN", "PERSON_ROWS": "SHEET_OF_PERSONS", "NO_TABLE": "SHEET_LEFT", "SUMMARY": "SHEET_LEFT",
    "TWICE": "SHEET_TWICE", "NO_LIST": "SHEET_LEFT", "OFFICIALS": "SHEET_LEFT", "ZALO_MEMBERS": "SHEET_LEFT",
}  # fmt: skip


def remarks(plan: Plan) -> list[dict[str, Any]]:
    """What is to be said about the file as a whole, in the form of problems without a cell."""
    book, said = plan.book, []
    if book.encoding is not None and (not book.encoding.is_decided or book.encoding.name == UTF_8):
        said.append(_of_file("CONVERTED", book.encoding.name))
    if book.hidden_rows:
        said.append(_of_file("HIDDEN_ROWS", str(book.hidden_rows)))
    for sheet in book.ignored:
        if kind := _SHEETS.get(sheet.kind):
            other = sheet.of or str(sheet.rows)
            said.append({**_of_file(kind, sheet.name), "sheet": sheet.name, "other": other})
    if plan.alarm is not None:
        said.append(alarm_as_problem(plan.alarm))
    return said


def alarm_as_problem(alarm: Alarm) -> dict[str, Any]:
    """An alarm in the form of a problem."""
    field = str(FIELD_WORDS.get(alarm.field, alarm.field))  # or the name of a village
    return {**_of_file(alarm.kind, str(alarm.changed)), "other": str(alarm.of), "head": field}


def _of_file(kind: str, value: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "is_error": False,
        "sheet": "",
        "row": 0,
        "column": "",
        "value": value,
        "head": "",
        "other": "",
    }


def explain(problem: dict[str, Any]) -> str:
    """A problem of a plan as a sentence: what it is and what to do."""
    return str(PROBLEMS[problem["kind"]]) % {
        "head": problem.get("head", ""), "other": problem.get("other", ""), "value": problem.get("value", "")
    }  # fmt: skip
