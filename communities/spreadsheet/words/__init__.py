"""What words in a list mean. Pure text: headers, rows that are nobody's, people."""

from communities.spreadsheet.words.headers import (
    NAMES,
    WHOLE_NAMES,
    exact_field,
    explains_number,
    field_of,
    fold,
    is_of_official,
    is_of_other,
    is_set_aside,
    partial_field,
)
from communities.spreadsheet.words.people import (
    could_be_name,
    is_head,
    looks_like_name,
    looks_like_phone,
    relative_of,
)
from communities.spreadsheet.words.rows import (
    bare_label,
    ends_list,
    group_of,
    is_ditto,
    is_example,
    is_part_of_total,
    is_total,
    may_be_surname,
    numeral_of,
    opens_household,
)

__all__ = [
    "NAMES", "WHOLE_NAMES", "bare_label", "could_be_name", "ends_list", "exact_field", "explains_number",
    "field_of", "fold", "group_of", "is_ditto", "is_example", "is_head", "is_of_official", "is_of_other",
    "is_part_of_total", "is_set_aside", "is_total", "looks_like_name", "looks_like_phone", "may_be_surname",
    "numeral_of", "opens_household", "partial_field", "relative_of",
]  # fmt: skip
