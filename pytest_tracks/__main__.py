"""``python -m pytest_tracks`` is ``pytest-tracks``."""

import sys

from pytest_tracks.cli import main

if __name__ == "__main__":
    sys.exit(main())
