import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.checks import output as output_module
from pytest_tracks.checks.output import HEAD_BYTES, LINE_LENGTH, TAIL_BYTES, Output, open_output

SECRET = "correct-horse-battery"


def kept(raw: bytes) -> Output:
    """What is kept of ``raw``, as the file would."""
    if len(raw) <= HEAD_BYTES + TAIL_BYTES:
        return Output(raw, size=len(raw))
    return Output(raw[:HEAD_BYTES], raw[-TAIL_BYTES:], len(raw))


def test_little_is_kept_whole(tmp_path):
    with open_output(str(tmp_path / "new")) as file:
        os.write(file.descriptor, b"one\ntwo\n")
        found = file.read()
    assert not found.is_cut
    assert found.text() == "one\ntwo\n"
    assert found.excerpt() == "one\ntwo"


def test_much_is_kept_as_head_and_tail(tmp_path):
    raw = b"".join(b"line %d\n" % number for number in range(100_000))
    with open_output(str(tmp_path)) as file:
        for start in range(0, len(raw), 4096):
            os.write(file.descriptor, raw[start : start + 4096])
        found = file.read()
    assert found == kept(raw)
    lines = found.excerpt().split("\n")
    assert lines[:5] == [f"line {number}" for number in range(5)]
    assert lines[5] == f"[... cut: {len(raw):,} bytes were printed ...]"
    assert lines[6:] == [f"line {number}" for number in range(99_980, 100_000)]


def test_the_file_has_no_name_and_no_hole(tmp_path):
    with open_output(str(tmp_path)) as file:
        assert list(tmp_path.iterdir()) == []
        os.write(file.descriptor, b"x" * 1000)
        os.ftruncate(file.descriptor, 0)  # what `> /dev/stderr` does
        os.write(file.descriptor, b"end")
        assert file.read().text() == "end"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(file.descriptor)


def test_long_line_keeps_both_ends():
    shown = kept(b"begin" + b"x" * 5000 + b"end").excerpt()
    assert len(shown) <= LINE_LENGTH
    assert shown.startswith("begin")
    assert shown.endswith("xend")


def test_endless_line_keeps_both_ends():
    lines = kept(b"begin" + b"x" * 1_000_000 + b"end").excerpt().split("\n")
    assert lines[0].startswith("beginxx")
    assert lines[1] == "[... cut: 1,000,008 bytes were printed ...]"
    assert lines[2].endswith("xxend")


@given(before=st.integers(0, 60), line=st.booleans(), data=st.data())
def test_fault_45_cut_never_leaves_half_a_secret(before, line, data):
    """A secret that straddles the end of the head or the start of the tail."""
    filler = b"x" * 100 + b"\n" if line else b"x" * 101
    raw = bytearray((filler * 3000)[: HEAD_BYTES + TAIL_BYTES + 50_000])
    at = data.draw(st.sampled_from([HEAD_BYTES - before, len(raw) - TAIL_BYTES - before]))
    raw[at : at + len(SECRET)] = SECRET.encode()
    text = kept(bytes(raw)).text([SECRET])
    assert not any(SECRET[i : i + 4] in text for i in range(len(SECRET) - 3))


@given(st.binary(max_size=300))
def test_text_is_always_printable(raw):
    text = Output(raw, size=len(raw)).text()
    text.encode()
    assert all(char in "\n\t" or ord(char) >= 32 for char in text)


def test_excerpt_of_the_limits():
    most = output_module.HEAD_LINES + output_module.TAIL_LINES
    exact = "\n".join(map(str, range(most)))
    assert kept(exact.encode()).excerpt() == exact
    more = kept(f"{exact}\nmore\n".encode()).excerpt().split("\n")
    assert len(more) == most + 1
    assert "[... 1 line left out ...]" in more
