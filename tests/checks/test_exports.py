from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tracks.checks.exports import gaps_in_exports

PYTHON = """
import os.path as osp, sys
from a import b as c
if True:
    def inner(): pass
else:
    X: int = 1
try:
    Y, (Z, *W) = 1, (2, 3)
except ImportError:
    fallback = None
class Thing:
    attribute = 1
    def method(self): pass
async def go(): local = 1
declared: int
# mentioned = 1
"text = 1"
"""


def missing(path: str, text: str, *names: str) -> list[str]:
    return [gap.split("'")[1] for gap in gaps_in_exports(path, text, names)]


def test_python_by_its_grammar() -> None:
    there = ["osp", "sys", "c", "inner", "X", "Y", "Z", "W", "fallback", "Thing", "go"]
    assert missing("a.py", PYTHON, *there) == []
    gone = ["os", "b", "attribute", "method", "local", "declared", "mentioned", "text"]
    assert missing("a.py", PYTHON, *gone) == gone


def test_python_that_cannot_be_parsed() -> None:
    (gap,) = gaps_in_exports("a.py", "def (", ["f"])
    assert gap.startswith("cannot be parsed as Python")


SCRIPT = """
export default function Main() {}
export async function load() {}
export const a = 1, later = 2
export class Widget {}
export abstract class Base {}
export interface Props {}
export type Id = string
export enum Colour { Red }
export const enum Size { Big }
export { inner as outer, plain, type Shape } from './b'
export const { first, second: renamed } = thing
module.exports.old = 1
exports.older = 2
// export const commented = 1
const text = "export const quoted = 1"
function hidden() {}
"""


@pytest.mark.parametrize("ending", ["ts", "tsx", "js", "mjs", "cjs"])
def test_scripts_by_their_export_statements(ending: str) -> None:
    there = ["default", "Main", "load", "a", "Widget", "Base", "Props", "Id", "Colour", "Size"]
    there += ["outer", "plain", "Shape", "old", "older"]
    assert missing(f"a.{ending}", SCRIPT, *there) == []
    gone = ["inner", "commented", "quoted", "hidden", "text"]
    assert missing(f"a.{ending}", SCRIPT, *gone) == gone


def test_routes_as_frameworks_have_them() -> None:
    assert (
        missing("route.ts", "export async function GET() {}\nexport const POST = 1", "GET", "POST")
        == []
    )


def test_module_exports_a_mapping() -> None:
    assert missing("a.js", "module.exports = { one, two: 2 }", "one", "two", "default") == []


def test_other_languages_by_whole_words() -> None:
    assert missing("a.go", "func Serve() {}\n", "Serve", "Ser") == ["Ser"]


@pytest.mark.parametrize(
    ("text", "outcome"), [("def login(): ...\n", "passed"), ("# login\n", "failed")]
)
def test_as_a_criterion(tmp_path: Path, text: str, outcome: str) -> None:
    from pytest_tracks.checks.file import FileKind
    from pytest_tracks.core.kinds import CheckContext
    from pytest_tracks.core.model import Check, Criterion, Location

    (tmp_path / "auth.py").write_text(text)
    check = Check("file", {"path": "auth.py", "exports": ("login",)})
    place = Location("plan.yaml")
    context = CheckContext(str(tmp_path), "T", "", "AC-001", place, str(tmp_path))
    result = FileKind().run(Criterion("AC-001", "a", check, place), context)
    assert result.outcome.value == outcome
    assert ("does not export 'login'" in result.gap) == (outcome == "failed")
