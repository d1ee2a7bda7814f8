"""Phone numbers that stand in a text meant for something else: behind a name, in a note, in a comment on a cell.

Pure functions. Years, money, ID numbers of twelve digits, numbers of books and accounts are no phones.
"""

import re
from dataclasses import dataclass, replace

from communities import names, owners, phones
from communities.phones import Phone, Problem

_DIGITS_ENOUGH = re.compile(r"\d(?:\D{0,3}\d){7}")
_DIGIT = re.compile(r"\d")
_DIGITS_TOGETHER = re.compile(r"\d{6}")
_RUN = re.compile(r"(?<!\d)\+?\d+(?:[\s.\-–,/;]{1,3}\d+)*")
_GROUP = re.compile(r"\+?\d+")
_ID_DIGITS = 12
_FEWEST = 6  # digits behind a name that are a number, if no phone
_MOST_GROUPS = 12  # of one number
_LONGEST = 13  # characters of one, its country before it
#: Words before numbers that are no phones.
_OTHER_NUMBER = re.compile(
    r"(?:cccd|cmnd|cmt|cmtnd|căn cước|bhyt|bảo hiểm|thẻ|stk|tk|tài khoản|sổ(?: hộ khẩu| đỏ)?|mã(?: hộ| số)?|"
    r"hợp đồng|hđ|số (?:sổ|thẻ|hđ|tk|nhà|gcn)|gcn|quyết định|qđ|biển số|bks|mst|thửa)\W{0,3}(?:số\W{0,3})?$",
    re.IGNORECASE,
)
_MARK = "\x00"  # where a number stood
_SEPARATORS = re.compile(rf"([()\[\],;:/|\n]|\s[-–—]+(?=\s|{_MARK}|$)|(?<={_MARK})\s*[-–—]+|{_MARK})")
_EMPTY_BRACKETS = re.compile(r"[(\[][\s,;:.\-–—/|]*[)\]]")
_BEFORE_BRACKET = re.compile(r"[\s,;:–—/|-]+(?=[)\]])")
_LOOSE = re.compile(r"\s*([,;:/|–—]|\s-\s)(?:\s*[,;:/|–—-])+")
_EDGES = " .,;:-–—/|\n"


@dataclass(frozen=True, slots=True)
class Taken:
    """What is left of a text, the numbers that stood in it, what is no number though it should be one, and whether
    words beside them say that they are to be called (“ĐT”, “gọi con gái”)."""

    rest: str
    phones: tuple[Phone, ...] = ()
    problems: tuple[Problem, ...] = ()
    is_said: bool = False


def taken_out(text: str, *, allow_demo: bool, of_name: bool = False) -> Taken:
    """A text without the phone numbers in it, and those. Lines of the text are told apart.

    With `of_name` the text is a person's name: its words are nobody else's, and whatever looks like a number goes.
    """
    if not _DIGIT.search(text) or not (_DIGITS_ENOUGH.search(text) or (of_name and _DIGITS_TOGETHER.search(text))):
        return Taken(text)
    lines = "\n".join(names.clean(line) for line in text.split("\n"))
    numbers: list[Phone | Problem] = []
    pieces = []
    at = 0
    for start, end, number in _found(lines, allow_demo, of_name):
        pieces.append(lines[at:start])
        numbers.append(number)
        at = end
    if not numbers:
        return Taken(text)
    return _apart(_MARK.join([*pieces, lines[at:]]), numbers, of_name=of_name)


def _found(text: str, allow_demo: bool, of_name: bool) -> list[tuple[int, int, Phone | Problem]]:
    """Where numbers begin and end, and which they are."""
    found: list[tuple[int, int, Phone | Problem]] = []
    for run in _RUN.finditer(text):
        groups = list(_GROUP.finditer(run[0]))
        digits = sum(len(group[0].lstrip("+")) for group in groups)
        if (digits == _ID_DIGITS and not of_name) or _OTHER_NUMBER.search(text, 0, run.start()):
            continue
        first = 0
        while first < len(groups):
            number: Phone | Problem | None
            last, number = _longest(groups, first, allow_demo)
            if number is None and of_name and len(groups[first][0]) >= _FEWEST:
                number = _behind_name(groups[first][0], allow_demo)
            if number is not None:
                found.append((run.start() + groups[first].start(), run.start() + groups[last].end(), number))
            first = last + 1
    return found


def _behind_name(digits: str, allow_demo: bool) -> Phone | Problem:
    """What a number without its zero is behind a name. Nine digits from 3 on may as well be an old ID number."""
    read, wrong = phones.parse(digits, allow_demo=allow_demo)
    if read and not digits.startswith("3"):
        return read[0]
    return wrong[0] if wrong else Problem("TOO_SHORT", digits)


def _longest(groups: list[re.Match[str]], first: int, allow_demo: bool) -> tuple[int, Phone | None]:
    """The last of the groups of digits that make one number with the first, and the number."""
    if groups[first][0].startswith(("0", "+84", "84")):
        for last in range(min(len(groups), first + _MOST_GROUPS) - 1, first - 1, -1):
            written = "".join(group[0] for group in groups[first : last + 1])
            if len(written) > _LONGEST:
                continue
            read, wrong = phones.parse(written, allow_demo=allow_demo)
            if len(read) == 1 and not wrong and not read[0].repaired.startswith("ZERO"):
                return last, read[0]
    return first, None


def _apart(marked: str, numbers: list[Phone | Problem], *, of_name: bool) -> Taken:
    """What is left of a text with marks for its numbers, and the numbers with what stands beside them."""
    tokens = _SEPARATORS.split(marked)
    is_said = False
    said: list[str] = []  # whose each number is
    for position, token in enumerate(tokens):
        if token != _MARK:
            continue
        before = _beside(tokens, position, -1)
        owner = ""
        if before is not None:
            bare = owners.without_labels_behind(tokens[before])
            is_first = of_name and not any(other.strip() for other in tokens[:before])
            whose = owners.without_labels(tokens[before])
            is_said = is_said or bare != tokens[before] or owners.is_kin(whose) or owners.asks_official(tokens[before])
            if not is_first and _says_whose(tokens[before], whose):
                owner, bare = whose, ""
            tokens[before] = bare
        after = _beside(tokens, position, 1)
        if after is not None and not owner and owners.is_kin(owners.without_labels(tokens[after])):
            owner, tokens[after] = owners.without_labels(tokens[after]), ""
        said.append(owner)
    rest = "".join(token.replace(_MARK, " ") for token in tokens)
    rest = _BEFORE_BRACKET.sub("", _EMPTY_BRACKETS.sub(" ", rest))
    found: dict[str, Phone] = {}
    problems = []
    for number, owner in zip(numbers, said, strict=True):
        if isinstance(number, Problem):
            problems.append(number)
        elif owner and (kind := _not_of_household(owner)):
            problems.append(Problem(kind, f"{owner} 0{number.number[3:]}"))
        else:
            found.setdefault(number.number, replace(number, owner=owners.of([owner])) if owner else number)
    return Taken(names.clean(_LOOSE.sub(r"\1", rest)).strip(_EDGES), tuple(found.values()), tuple(problems), is_said)


def _says_whose(text: str, bare: str) -> bool:
    """Whether words before a number, with their labels and without, are about whose it is and nothing else."""
    return owners.is_kin(bare) or bool(_not_of_household(bare)) or owners.asks_official(text)


def _not_of_household(owner: str) -> str:
    """OFFICIAL or OLD where a number is not the household's."""
    if owners.is_official(owner) or owners.asks_official(owner):
        return "OFFICIAL"
    return "OLD" if owners.is_out_of_use(owner) else ""


def _beside(tokens: list[str], position: int, step: int) -> int | None:
    """The next token with words in a direction, before another number or the end of its part."""
    at = position + step
    while 0 <= at < len(tokens):
        token = tokens[at]
        if token.strip() in {_MARK, ",", ";", "|", "/"} or (step > 0 and token.strip() in {"\n", ")"}):
            return None
        if re.search(r"[^\W\d_]", token):
            return at
        at += step
    return None
