"""Kinds of check, one a file."""

from pytest_tracks.checks.registry import builtin_kinds

__all__ = ["builtin_kinds"]
