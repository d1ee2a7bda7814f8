"""The group rows above a row: “THÔN ĐÔNG PHÚ”, “Xóm Đình”."""

from communities.spreadsheet import words

_VILLAGE, _ANYTHING = 1, 5  # ranks, as words.group_of tells them


class Labels:
    """The labels that hold for the next row, outermost first. A new one ends those of its own rank and below."""

    def __init__(self) -> None:
        self._labels: list[tuple[int, str]] = []
        self._rank_of_names: int | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The labels, outermost first."""
        return tuple(label for _, label in self._labels)

    @property
    def are_names(self) -> bool:
        """Whether a label was met that has no word for what it names: “Quang Trung”."""
        return self._rank_of_names is not None

    def add(self, text: str, rank: int | None = None) -> None:
        """The text of a group row. `rank` is what its numeral tells, if it has one and no word says better."""
        label, told = words.group_of(text) or (words.bare_label(text), rank)
        if told is None:
            told = self._rank_of_a_name()
        self._labels = [(own, one) for own, one in self._labels if own < told]
        self._labels.append((told, label))

    def _rank_of_a_name(self) -> int:
        """“Đông Phú”: a village, unless the list tells villages by their word."""
        if self._rank_of_names is None:
            has_village = any(rank == _VILLAGE for rank, _ in self._labels)
            self._rank_of_names = _ANYTHING if has_village else _VILLAGE
        return self._rank_of_names
