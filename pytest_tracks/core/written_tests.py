"""What the source of a test module says of its tests, without running it.

What a test demands is told by ``written_demands``; here is what is said about it: its marks, what
wraps it, and what its module does to others.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from pytest_tracks.core.written_demands import demands, fixed_truth
from pytest_tracks.core.written_demands import last_name as _last_name

__all__ = ["AT_IMPORT", "IMPORTED", "REBINDING", "WrittenModule", "WrittenTest", "read_module"]

_SKIPPING = ("skip", "xfail", "expectedFailure", "importorskip")
AT_IMPORT = "code at import"
"""Statements that do more than name things: they may change other modules."""
REBINDING = "changes to others at import"
"""Those of them that do: they set attributes or items of what was imported."""
IMPORTED = "imported hooks"
HOOKS = frozenset({"collect_ignore", "collect_ignore_glob", "pytest_plugins"})


@dataclass(frozen=True, slots=True)
class WrittenTest:
    """A test as it is written; ``name`` is its node id without parameters."""

    name: str
    demands: tuple[str, ...]
    """What in it can fail, with what that depends on."""
    skips: tuple[str, ...] = ()
    """Marks and calls by which it may be left out or expected to fail."""
    marks: frozenset[str] = frozenset()
    criteria: frozenset[str] = frozenset()
    """``TASK-004/AC-002``, as its marks name them."""
    cases: int = 1
    """Parameter sets, as far as they are written as lists."""
    wrappers: tuple[str, ...] = ()
    """Decorators that are no marks, and fixtures that are named by a mark."""

    @property
    def asserts(self) -> int:
        """How many things in it can fail."""
        return len(self.demands)


@dataclass(frozen=True, slots=True)
class WrittenModule:
    """A module's tests, and what it says to pytest about others."""

    functions: tuple[WrittenTest, ...] = ()
    hooks: dict[str, str] = field(default_factory=dict)
    """Hooks and ``collect_ignore`` → a text that differs where they do."""


@dataclass(frozen=True, slots=True)
class _Around:
    """What a class or module says for all tests in it."""

    name: str
    marks: tuple[ast.expr, ...] = ()


def read_module(path: str, source: str) -> WrittenModule | None:
    """Read a module; None where it is not Python."""
    try:
        return _read(path, ast.parse(source).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _read(path: str, body: Sequence[ast.stmt]) -> WrittenModule:
    functions = tuple(_functions(body, _Around(path, tuple(_own_marks(body)))))
    left_out = tuple(_skipping_calls(_top_level(body)))
    if left_out:
        functions = tuple(replace(one, skips=(*one.skips, *left_out)) for one in functions)
    return WrittenModule(functions, dict(_hooks(body)))


def _top_level(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    skipped = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [statement for statement in body if not isinstance(statement, skipped)]


def _functions(body: Sequence[ast.stmt], around: _Around) -> Iterator[WrittenTest]:
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if statement.name.startswith("test"):
                yield _function(statement, around)
        elif isinstance(statement, ast.ClassDef):
            marks = (*around.marks, *statement.decorator_list, *_own_marks(statement.body))
            inside = _Around(f"{around.name}::{statement.name}", marks)
            yield from _functions(statement.body, inside)
        elif isinstance(statement, (ast.If, ast.Try)):
            yield from _functions(statement.body, around)
            yield from _functions(statement.orelse, around)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, around: _Around) -> WrittenTest:
    marks = (*around.marks, *node.decorator_list)
    names = [_last_name(mark) for mark in marks]
    skips = [name for name in names if name.startswith(_SKIPPING)]
    cases = 1
    for mark in marks:
        cases *= _cases(mark)
    return WrittenTest(
        f"{around.name}::{node.name}",
        demands(node),
        (*skips, *_skipping_calls(node.body)),
        frozenset(names),
        frozenset(one for mark in marks for one in _claims(mark)),
        cases,
        tuple(ast.unparse(one) for one in marks if _is_wrapper(one)),
    )


def _is_wrapper(decorator: ast.expr) -> bool:
    if _last_name(decorator) == "usefixtures":
        return True
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return "mark" not in _dotted(function) and _last_name(decorator) not in _SKIPPING


def _own_marks(body: Sequence[ast.stmt]) -> Iterator[ast.expr]:
    """Find ``pytestmark``."""
    for statement in body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark"
            for target in statement.targets
        ):
            value = statement.value
            yield from value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]


def _claims(mark: ast.expr) -> Iterator[str]:
    if isinstance(mark, ast.Call) and _last_name(mark) == "criterion":
        for argument in mark.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def _cases(mark: ast.expr) -> int:
    if isinstance(mark, ast.Call) and _last_name(mark) == "parametrize" and len(mark.args) > 1:
        values = mark.args[1]
        if isinstance(values, (ast.List, ast.Tuple)):
            return len(values.elts)
    return 1


def _skipping_calls(body: Sequence[ast.stmt]) -> Iterator[str]:
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and not isinstance(node.func, ast.Call):
                name = _last_name(node)
                is_mark = "mark" in _dotted(node.func)
                if name.startswith(_SKIPPING) and not is_mark:
                    yield f"{name}()"


def _dotted(node: ast.expr) -> list[str]:
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return names


def _hooks(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    loose = [one for one in _top_level(body) if not _is_declarative(one)]
    for name, found in ((AT_IMPORT, loose), (REBINDING, [one for one in loose if _rebinds(one)])):
        if found:
            yield name, "".join(map(ast.dump, found))
    imported = "".join(ast.dump(one) for one in body if _imports_hooks(one))
    if imported:
        yield IMPORTED, imported
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if statement.name.startswith("pytest_") or statement.name in _SETUPS:
                yield statement.name, ast.dump(statement)
            elif any(map(_is_autouse, statement.decorator_list)):
                yield f"autouse fixture {statement.name}", ast.dump(statement)
        elif isinstance(statement, ast.ClassDef):
            yield from ((f"{name} of {statement.name}", text) for name, text in _inside(statement))
        elif isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for name in {_last_name(target) for target in targets} & HOOKS:
                yield name, ast.dump(statement)


_SETUPS = frozenset({"setup_module", "setup_function", "setup_class", "setup_method", "setUp"})


def _inside(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Find what a class does before its tests; its hooks are nobody's."""
    for name, text in _hooks(node.body):
        if name in _SETUPS or name.startswith("autouse"):
            yield name, text


def _imports_hooks(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and any(
        alias.name == "*" or (alias.asname or alias.name).startswith("pytest_")
        for alias in node.names
    )


def _rebinds(statement: ast.stmt) -> bool:
    """Whether it sets an attribute or item of something, or calls what does."""
    for node in ast.walk(statement):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            return True
        if isinstance(node, ast.Call) and _last_name(node) in _REBINDING_CALLS:
            return True
    return False


_REBINDING_CALLS = frozenset(
    {"__setattr__", "delattr", "eval", "exec", "setattr", "setitem", "start", "update"}
)


def _is_autouse(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and any(
        keyword.arg == "autouse" and fixed_truth(keyword.value) is not False
        for keyword in decorator.keywords
    )


def _is_declarative(node: ast.stmt) -> bool:
    """Whether a statement at the top of a module only names things of this module."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return True
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Name) for target in node.targets)
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
