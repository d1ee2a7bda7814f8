#!/usr/bin/env python
"""Django's command line, with the embedded servers up while a command runs."""

import os
import sys


def main() -> None:
    """Run a management command; starts PostgreSQL and Redis first when no URL names real ones."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.management import execute_from_command_line

    from portal import embedded

    with embedded.servers():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
