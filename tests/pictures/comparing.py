"""Two folders of pictures, pixel by pixel."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops

#: Of 255, what two drawings of the same page differ by where colours blend into each other.
ROUNDED = 4


def compare(before: Path, after: Path) -> int:
    """Print every picture that differs with its number of differing pixels; returns 1 if there is one.

    What differs is drawn in red over the old picture, into the folder `differences` in `after`.
    """
    old, new = ({path.name for path in folder.glob("*.png")} for folder in (before, after))
    drawn = after / "differences"
    differing = 0
    for name in sorted(old | new):
        if name not in old or name not in new:
            print(f"{name}: only in {before if name in old else after}")
            differing += 1
        elif n := _differing_pixels(before / name, after / name, drawn / name):
            print(f"{name}: {n} pixels")
            differing += 1
    print(f"{len(old | new)} pictures, {differing} differ")
    return 1 if differing or not old else 0


def _differing_pixels(before: Path, after: Path, drawn: Path) -> int:
    if before.read_bytes() == after.read_bytes():
        return 0
    old, mask = _difference(before.read_bytes(), after.read_bytes())
    n = mask.histogram()[255]
    if n:
        drawn.parent.mkdir(exist_ok=True)
        Image.composite(Image.new("RGB", mask.size, "red"), old, mask).save(drawn)
    return n


def are_alike(before: bytes, after: bytes) -> bool:
    """Whether nobody sees a difference between two pictures."""
    return before == after or not _difference(before, after)[1].histogram()[255]


def _difference(before: bytes, after: bytes) -> tuple[Image.Image, Image.Image]:
    """The first picture on the ground of both, and in white where they differ."""
    with Image.open(BytesIO(before)) as one, Image.open(BytesIO(after)) as other:
        size = max(one.width, other.width), max(one.height, other.height)
        old, new = Image.new("RGB", size, "magenta"), Image.new("RGB", size, "cyan")  # what one lacks differs
        old.paste(one.convert("RGB"))
        new.paste(other.convert("RGB"))
    bands = ImageChops.difference(old, new).split()
    strongest = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return old, strongest.point(lambda value: 255 * (value > ROUNDED))
