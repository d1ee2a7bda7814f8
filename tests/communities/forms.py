"""What a browser without JavaScript would send: the controls of a page's form, as they stand."""

from html.parser import HTMLParser


class _Controls(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.sent: dict[str, list[str]] = {}
        self._inside = False
        self._select = ""
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = told.get("id") == self.form_id
        is_ours = told["form"] == self.form_id if "form" in told else self._inside
        if tag == "option" and self._select:
            self._options.append((told.get("value", ""), "selected" in told))
        elif tag == "select" and is_ours:
            self._select, self._options = told.get("name", ""), []
        is_on = told.get("type") not in {"checkbox", "radio"} or "checked" in told
        if tag == "input" and is_ours and is_on and "name" in told:
            self.sent.setdefault(told["name"], []).append(told.get("value", "on"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select" and self._select:
            chosen = [value for value, is_selected in self._options if is_selected] or [self._options[0][0]]
            self.sent.setdefault(self._select, []).extend(chosen)
            self._select = ""


def form_of(page: str, form_id: str = "decide") -> dict[str, list[str]]:
    """Name → values of everything that belongs to a form of the page, in the page's order."""
    controls = _Controls(form_id)
    controls.feed(page)
    return controls.sent
