"""Log lines without people in them: no phone numbers, no household links, no rows quoted by the database."""

import logging
import re

#: Vietnamese numbers as they occur in our data: +84…, 84… and 0…, with or without separators.
_PHONE = re.compile(r"(?<![\w.])(?:\+?84|0)(?:[ .]?\d){9,10}(?!\d)")
_LINK = re.compile(r"/t/\d+\.[\w-]+")
#: PostgreSQL quotes the row it refused in these lines, names and all.
_QUOTED = re.compile(r"^(DETAIL|CONTEXT|LINE \d+):.*$", re.MULTILINE)


def without_people(text: str) -> str:
    """The text with phone numbers, the secret of household links and quoted rows taken out."""
    return _QUOTED.sub(r"\1: (left out)", _LINK.sub("/t/…", _PHONE.sub("(phone)", text)))


class LineFormatter(logging.Formatter):
    """One line per event, and the traceback if there is one, without personal data."""

    def format(self, record: logging.LogRecord) -> str:
        """The formatted record, cleaned as a whole: messages, arguments and tracebacks alike."""
        return without_people(super().format(record))
