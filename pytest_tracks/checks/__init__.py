"""Kinds of check, one a file."""
