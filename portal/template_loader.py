"""Templates without the indentation that is there for the people who write them."""

import re

from django.template import Origin
from django.template.loaders import filesystem

_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


class Loader(filesystem.Loader):
    """Loads a page's template with every line flush left: a long list would else be a quarter heavier on the way.

    Nothing that is drawn begins in an indentation: what is preformatted comes from a variable.
    """

    def get_contents(self, origin: Origin) -> str:
        """The text of a template; lines keep their numbers."""
        text: str = super().get_contents(origin)
        return _INDENTATION.sub("", text) if origin.name.endswith(".html") else text
