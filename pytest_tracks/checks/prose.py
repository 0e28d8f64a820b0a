"""``prose``: a criterion that is only a sentence; tests bind themselves to it with a mark.

It is chosen where a criterion has no key of a check, so ``read`` meets it only by mistake.
"""

from __future__ import annotations

from pytest_tracks.core.model import Check
from pytest_tracks.core.tree import Keys, Node, Reader

__all__ = ["ProseKind"]


class ProseKind:
    """A sentence, UNVERIFIED until a test carries ``@pytest.mark.criterion`` for it."""

    name = "prose"
    options: frozenset[str] = frozenset()

    def read(self, value: Node, criterion: Keys, reader: Reader) -> Check | None:
        """Refuse ``prose:`` as a key."""
        hint = "leave it out: a criterion with only a text is prose"
        reader.problems.error(value.location, "unknown-key", "a criterion has no key 'prose'", hint)
        return None
