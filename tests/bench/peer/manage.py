"""The peer's command line; the benchmark copies this project to a temporary folder and runs it there."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "peer_settings"
    execute_from_command_line(sys.argv)
