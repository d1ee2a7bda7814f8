"""Management commands, one after the other, as they are asked for on standard input: a start of Python and Django
costs a second of the processor each, a command hardly anything. Holds the embedded servers meanwhile, as `make run`
does. A line of JSON each way: the words of the command; what it printed, and what it failed with.
"""

import io
import json
import sys
from contextlib import redirect_stdout

import django

from portal import embedded


def main() -> None:
    """Serve until whoever started this closes the pipe."""
    with embedded.servers():
        django.setup()
        from django.core.management import call_command
        from django.db import connections

        for line in sys.stdin:
            printed, failed = io.StringIO(), None
            try:
                with redirect_stdout(printed):
                    call_command(*json.loads(line))
            except (Exception, SystemExit) as error:
                failed = repr(error)
            connections.close_all()  # no lock and no snapshot outlives a command
            print(json.dumps([printed.getvalue(), failed]), flush=True)


if __name__ == "__main__":
    main()
