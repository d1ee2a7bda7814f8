"""Reads a page as a browser does: elements with their words, wherever the template breaks its lines."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
_PART = re.compile(r"([\w-]+)|#([\w-]+)|\.([\w-]+)|\[([\w-]+)(?:=\"?([^\"\]]*)\"?)?\]")


class Element:
    """One element: its attributes, what stands in it, and its words with single spaces."""

    def __init__(self, tag: str, attributes: dict[str, str | None]):
        self.tag, self.attributes = tag, attributes
        self.children: list[Element | str] = []

    def __getitem__(self, attribute: str) -> str | None:
        return self.attributes[attribute]

    def __contains__(self, attribute: str) -> bool:
        return attribute in self.attributes

    @property
    def classes(self) -> set[str]:
        return set((self.attributes.get("class") or "").split())

    @property
    def text(self) -> str:
        return " ".join("".join(self._words()).split())

    def _words(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._words()
                if child.tag not in {"a", "b", "i", "mark", "small", "span", "strong"}:
                    yield " "  # begins a line of its own

    def all(self, selector: str) -> list["Element"]:
        """The elements below that a selector names (`section.card h2`, `a[href="/"]`), in the page's order."""
        *above, last = selector.split()
        return [one for one, way in self._below(()) if one.fits(last) and _leads(way, above)]

    def one(self, selector: str) -> "Element":
        """The only element of a selector."""
        found = self.all(selector)
        assert len(found) == 1, f"{len(found)} of {selector}"
        return found[0]

    def texts(self, selector: str) -> list[str]:
        """The words of each element of a selector."""
        return [one.text for one in self.all(selector)]

    def fits(self, simple: str) -> bool:
        """Whether a selector without spaces names this element."""
        for tag, name, word, attribute, value in _PART.findall(simple):
            is_other = (tag and tag != self.tag) or (name and name != self.attributes.get("id"))
            if is_other or (word and word not in self.classes):
                return False
            if attribute and (attribute not in self or (value and self[attribute] != value)):
                return False
        return True

    def _below(self, way: tuple["Element", ...]) -> Iterator[tuple["Element", tuple["Element", ...]]]:
        for child in self.children:
            if isinstance(child, Element):
                yield child, way
                yield from child._below((*way, child))


def _leads(way: tuple[Element, ...], above: list[str]) -> bool:
    rest = iter(way)
    return all(any(one.fits(simple) for one in rest) for simple in above)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("page", {})]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attributes))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        if tag in {element.tag for element in self.open}:
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(answer) -> Element:
    """The page of a response, or of a piece of one."""
    reader = _Reader()
    reader.feed(answer if isinstance(answer, str) else answer.content.decode())
    return reader.open[0]
