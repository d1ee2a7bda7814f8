"""Reads a page as a browser does: elements with their words, wherever the template breaks its lines."""

from collections.abc import Iterator

from bs4 import BeautifulSoup, NavigableString, Tag

#: Elements that stand in a line of words; any other begins a line of its own.
IN_LINE = {"a", "b", "i", "mark", "small", "span", "strong"}


class Element:
    """One element: its attributes, and its words with single spaces."""

    def __init__(self, tag: Tag) -> None:
        self._tag = tag

    def __getitem__(self, attribute: str) -> str:
        value = self._tag[attribute]
        return value if isinstance(value, str) else " ".join(value)  # bs4 takes classes apart

    def __contains__(self, attribute: str) -> bool:
        return self._tag.has_attr(attribute)

    @property
    def text(self) -> str:
        return " ".join("".join(_words(self._tag)).split())

    @property
    def raw(self) -> str:
        """Its words with every space and line break, as in `pre`."""
        return self._tag.get_text()

    def all(self, selector: str) -> list["Element"]:
        """The elements below that a CSS selector names, in the page's order."""
        return [Element(tag) for tag in self._tag.select(selector)]

    def one(self, selector: str) -> "Element":
        """The only element of a selector."""
        found = self.all(selector)
        assert len(found) == 1, f"{len(found)} of {selector}"
        return found[0]

    def texts(self, selector: str) -> list[str]:
        """The words of each element of a selector."""
        return [one.text for one in self.all(selector)]


def read(answer) -> Element:
    """The page of a response, or of a piece of one."""
    return Element(BeautifulSoup(answer if isinstance(answer, str) else answer.content.decode(), "html.parser"))


def _words(tag: Tag) -> Iterator[str]:
    for child in tag.children:
        if isinstance(child, Tag):
            yield from _words(child)
            if child.name not in IN_LINE:
                yield " "
        elif type(child) is NavigableString:  # comments and doctypes are other classes of it
            yield child
