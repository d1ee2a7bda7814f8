#!/usr/bin/env python
"""Django's command line, with the embedded servers up while a command runs."""

import os
import signal
import sys
from contextlib import nullcontext

#: `start` brings the servers up itself, after it has looked whether it may; the rest never touch the data.
WITHOUT_SERVERS = {"start", "translations", "collectstatic", "check", "help", "--help", "--version"}


def main() -> None:
    """Run a management command; starts PostgreSQL and Redis first when no URL names real ones."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    # A kill and a closed terminal end a command as Ctrl-C does: whatever it opened is closed. Background jobs
    # of scripts start with SIGINT ignored; under nohup a closed terminal stays ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda number, _frame: sys.exit(128 + number))
    from django.core.management import execute_from_command_line

    from portal import embedded

    needless = len(sys.argv) < 2 or sys.argv[1] in WITHOUT_SERVERS
    try:
        with nullcontext() if needless else embedded.servers():
            execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
