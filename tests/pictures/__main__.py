"""`python -m tests.pictures take FOLDER` and `python -m tests.pictures compare BEFORE AFTER`."""

import sys
from pathlib import Path


def main() -> int:
    """Zero when the pictures were taken, or when the two folders do not differ."""
    match sys.argv[1:]:
        case ["take", folder]:
            from tests.pictures.taking import take

            print(f"{take(Path(folder))} pictures in {folder}")
            return 0
        case ["compare", before, after]:
            from tests.pictures.comparing import compare

            return compare(Path(before), Path(after))
    print(__doc__, file=sys.stderr)
    return 2


sys.exit(main())
