"""Texts that somebody might put into a plan to spoil a report."""

from __future__ import annotations

from hypothesis import strategies as st

_CONTROLS = ["\x1b[31m", "\x1b]0;x\x07", "\n", "\r", "\0", "\u202e", "\ud800"]
_MARKUP = ["|", "`", "<b>", "]]>", "${x}", "%s {0}", "…", "→"]
_WIDTHS = ["設計", "ｱ", "e\u0301", "👩\u200d👧", "very " * 60, "x" * 300, "設" * 200]
_NASTY = st.sampled_from([*_CONTROLS, *_MARKUP, *_WIDTHS])
HOSTILE = st.lists(st.one_of(_NASTY, st.text(max_size=12)), max_size=8).map("".join)
