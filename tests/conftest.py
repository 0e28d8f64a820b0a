"""For all tests: random ones say how to repeat them, and none fails for a busy machine."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("tracks", deadline=None, print_blob=True)
settings.load_profile("tracks")
