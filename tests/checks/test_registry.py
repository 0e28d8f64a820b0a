import subprocess
import sys

from pytest_tracks.checks import builtin_kinds


def test_kinds_by_key():
    kinds = builtin_kinds()
    joined, own = {"prose", "test", "mark"}, {"run", "file", "metric", "http", "manual"}
    assert set(kinds) == joined | own
    assert all(kind.name == key for key, kind in kinds.items())
    assert {key for key, kind in kinds.items() if hasattr(kind, "run")} == own


def test_each_call_makes_a_new_mapping():
    builtin_kinds()["vote"] = builtin_kinds()["run"]
    assert "vote" not in builtin_kinds()


def test_reading_plans_needs_no_subprocess():
    heavy = {"subprocess", "tempfile", "socket", "urllib3", "jsonpath", "yaml", "pytest", "xdist"}
    code = (
        f"import sys; sys.path[:0] = {[path for path in sys.path if path]!r};"
        "from pytest_tracks.checks import builtin_kinds; builtin_kinds();"
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    # -S: what the interpreter's own site loads is not ours.
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
