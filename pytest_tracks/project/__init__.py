"""What pytest's configuration makes of a project: settings, kinds of check, what still holds.

Shared by ``plugin`` and ``cli``, which do not know each other.
"""
