"""Lines that ``sys.monitoring`` has reported, and is to report again to whom comes next.

coverage.py's core for it hears of each line once and has it switched off. ``restart_events`` would
switch everything on again, in every function of the process, which then all report once more, in
Python; so this is done for the code alone of which something has been reported. That needs names
of the core that are not public: where they are missing, everything is switched on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import CodeType
from typing import Any

__all__ = ["Rearm"]

_NEEDED = ("code_objects", "code_infos", "myid", "_activity", "reset_activity")
_monitoring: Any = getattr(sys, "monitoring", None)


class Rearm:
    """Switches on again what the ``SysMonitor`` of a collector has been told of."""

    def __init__(self, collector: Any) -> None:
        self._collector = collector
        self._tracer: Any = None
        self._codes: dict[int, list[CodeType]] = {}
        """Identity of a file's set of lines → the code that reports into it."""
        self._sorted_in = 0

    def everything(self) -> None:
        """Have all lines reported again."""
        _monitoring.restart_events()

    def only(self, reported: Iterable[set[Any]]) -> None:
        """Have those reported again that reported into these sets, the core's own."""
        if not self._sort_in():
            self.everything()
        elif _monitoring.get_tool(self._tracer.myid) is not None:  # a test may have stopped it
            for lines in reported:
                for code in self._codes.get(id(lines), ()):
                    self._switch_on(code)

    def _sort_in(self) -> bool:
        """Look at code that is new to the core; returns whether the core can be looked at."""
        tracer: Any = next(iter(self._collector.tracers), None)
        if not all(hasattr(tracer, name) for name in _NEEDED):
            return False
        if tracer is not self._tracer:  # stopped and started in between: another core
            self._tracer, self._codes, self._sorted_in = tracer, {}, 0
            _keep_active(tracer)
        codes = tracer.code_objects
        end = len(codes)
        for code in codes[self._sorted_in : end]:
            info = tracer.code_infos.get(id(code))
            if info is not None and info.tracing:
                self._codes.setdefault(id(info.file_data), []).append(code)
        self._sorted_in = end
        return True

    def _switch_on(self, code: CodeType) -> None:
        events = _monitoring.get_local_events(self._tracer.myid, code)
        _monitoring.set_local_events(self._tracer.myid, code, 0)
        _monitoring.set_local_events(self._tracer.myid, code, events)


def _keep_active(tracer: Any) -> None:
    """Have the core's data taken whenever asked for.

    It believes that there are none where no function has been entered for the first time, and
    then what one task has executed would wait until another is asked.
    """
    tracer._activity = True
    tracer.reset_activity = lambda: None
