"""What a worker reports can be sent: half a surrogate pair would end the worker.

xdist sends texts as UTF-8. A text of Python may hold what UTF-8 cannot: a byte of a file's name
that is no text, half of an emoji. One such character in a failure's message, or in a warning, is
an internal error in the worker, and all verdicts of its lane are lost with it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import warnings

__all__ = ["EncodableReports", "encodable"]

_OF_EVERY_REPORT = frozenset(
    {
        *("$report_type", "nodeid", "location", "keywords", "outcome", "when"),
        *("duration", "start", "stop", "longrepr", "sections", "user_properties"),
    }
)
_SAID = ("longrepr", "sections", "user_properties")


class EncodableReports:
    r"""Writes such characters as Python would: ``\ud83d``."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_to_serializable(self) -> Generator[None, Any, Any]:
        """Go over what all others have made of a report."""
        data = yield
        return data if _says_nothing(data) else encodable(data)

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Go over a warning before xdist sends it."""
        message = warning_message.message
        if isinstance(message, Warning):
            message.args = encodable(message.args)


def _says_nothing(data: Any) -> bool:
    """Whether a report holds no text but names of its item, which have been sent before.

    Most do, and going over them would cost a tenth of what an item that does nothing takes.
    """
    is_usual = isinstance(data, dict) and data.keys() <= _OF_EVERY_REPORT
    return is_usual and not any(data.get(key) for key in _SAID)


def encodable(value: Any) -> Any:
    """Return the same plain data, every text of it one that UTF-8 holds."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {encodable(key): encodable(each) for key, each in value.items()}
    if isinstance(value, list):
        return list(map(encodable, value))
    return tuple(map(encodable, value)) if isinstance(value, tuple) else value
