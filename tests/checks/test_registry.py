import subprocess
import sys

from pytest_tracks.checks import builtin_kinds


def test_kinds_by_key():
    kinds = builtin_kinds()
    assert set(kinds) == {"prose", "test", "mark", "run", "file"}
    assert all(kind.name == key for key, kind in kinds.items())
    assert {key for key, kind in kinds.items() if hasattr(kind, "run")} == {"run", "file"}


def test_each_call_makes_a_new_mapping():
    builtin_kinds()["metric"] = builtin_kinds()["run"]
    assert "metric" not in builtin_kinds()


def test_reading_plans_needs_no_subprocess():
    heavy = {"subprocess", "tempfile", "yaml", "pytest", "xdist"}
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
