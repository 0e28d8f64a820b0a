"""What the source of a test module says of its tests, without running it.

Counted is what can fail: an ``assert`` on something that is not constant, an assertion method, an
expected exception. What cannot be reached (behind a ``return``, under ``if False``) and what is
swallowed (in a ``try`` whose handler goes on) does not count.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

__all__ = ["WrittenModule", "WrittenTest", "read_module"]

_SKIPPING = ("skip", "xfail", "expectedFailure", "importorskip")
_CHECKING = frozenset({"raises", "warns", "deprecated_call", "fail"})
_CATCHING = frozenset({"Exception", "BaseException", "AssertionError"})
AT_IMPORT = "code at import"
"""Statements that do more than name things: they may change other modules."""
HOOKS = frozenset({"collect_ignore", "collect_ignore_glob", "pytest_plugins"})


@dataclass(frozen=True, slots=True)
class WrittenTest:
    """A test as it is written; ``name`` is its node id without parameters."""

    name: str
    asserts: int
    """How many things in it can fail."""
    skips: tuple[str, ...] = ()
    """Marks and calls by which it may be left out or expected to fail."""
    marks: frozenset[str] = frozenset()
    criteria: frozenset[str] = frozenset()
    """``TASK-004/AC-002``, as its marks name them."""
    cases: int = 1
    """Parameter sets, as far as they are written as lists."""


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
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    around = _Around(path, tuple(_own_marks(tree.body)))
    functions = tuple(_functions(tree.body, around))
    left_out = tuple(_skipping_calls(_top_level(tree.body)))
    if left_out:
        functions = tuple(_with_skips(one, left_out) for one in functions)
    return WrittenModule(functions, dict(_hooks(tree.body)))


def _with_skips(function: WrittenTest, more: tuple[str, ...]) -> WrittenTest:
    return WrittenTest(
        function.name,
        function.asserts,
        (*function.skips, *more),
        function.marks,
        function.criteria,
        function.cases,
    )


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
        _count(node.body),
        (*skips, *_skipping_calls(node.body)),
        frozenset(names),
        frozenset(one for mark in marks for one in _claims(mark)),
        cases,
    )


def _own_marks(body: Sequence[ast.stmt]) -> Iterator[ast.expr]:
    """Find ``pytestmark``."""
    for statement in body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark"
            for target in statement.targets
        ):
            value = statement.value
            yield from value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]


def _last_name(node: ast.expr) -> str:
    """Name what is called or meant: ``skipif`` for ``@pytest.mark.skipif(…)``."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


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
    loose = [ast.dump(one) for one in _top_level(body) if not _is_declarative(one)]
    if loose:
        yield AT_IMPORT, "".join(loose)
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if statement.name.startswith("pytest_"):
                yield statement.name, ast.dump(statement)
            elif any(map(_is_autouse, statement.decorator_list)):
                yield f"autouse fixture {statement.name}", ast.dump(statement)
        elif isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for name in {_last_name(target) for target in targets} & HOOKS:
                yield name, ast.dump(statement)


def _is_autouse(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and any(
        keyword.arg == "autouse" and _truth(keyword.value) for keyword in decorator.keywords
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


# -- what can fail -------------------------------------------------------------------------------


def _count(body: Sequence[ast.stmt]) -> int:
    total = 0
    for statement in body:
        total += _in_statement(statement)
        if isinstance(statement, (ast.Return, ast.Raise, ast.Break, ast.Continue)):
            break
        if isinstance(statement, ast.Expr) and _is_leaving(statement.value):
            break
    return total


def _is_leaving(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and _last_name(node) in ("skip", "xfail", "exit")


def _in_statement(node: ast.stmt) -> int:
    if isinstance(node, ast.Assert):
        return 0 if _is_constant(node.test) else 1
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return 0  # only where it is called, if it is
    if isinstance(node, (ast.If, ast.While)):
        return _in_branches(node)
    if isinstance(node, ast.Try):
        inside = 0 if any(map(_swallows, node.handlers)) else _count(node.body)
        handled = sum(_count(handler.body) for handler in node.handlers)
        return inside + handled + _count(node.orelse) + _count(node.finalbody)
    if isinstance(node, (ast.With, ast.AsyncWith)):
        names = [_last_name(item.context_expr) for item in node.items]
        inside = 0 if "suppress" in names else _count(node.body)
        return inside + sum(_checks(name) for name in names)
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return _in_expressions(node.iter) + _count(node.body) + _count(node.orelse)
    if isinstance(node, ast.Match):
        return sum(_count(case.body) for case in node.cases)
    return _in_expressions(node)


def _in_branches(node: ast.If | ast.While) -> int:
    inside = 0 if _is_constant(node.test) and not _truth(node.test) else _count(node.body)
    return _in_expressions(node.test) + inside + _count(node.orelse)


def _in_expressions(node: ast.AST) -> int:
    calls = (one for one in ast.walk(node) if isinstance(one, ast.Call))
    return sum(_checks(_last_name(call)) for call in calls)


def _checks(name: str) -> bool:
    return name in _CHECKING or name.startswith("assert")


def _swallows(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    catches = any(kind is None or _last_name(kind) in _CATCHING for kind in kinds)
    return catches and not any(isinstance(node, ast.Raise) for node in ast.walk(handler))


def _is_constant(node: ast.expr) -> bool:
    """Whether an expression says the same whatever the code under test does."""
    if isinstance(node, ast.Compare):
        same = ast.dump(node.left)
        return all(ast.dump(one) == same for one in node.comparators) or not _names(node)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        return any(_is_constant(one) for one in node.values)
    return not _names(node)


def _names(node: ast.expr) -> bool:
    return any(isinstance(one, (ast.Name, ast.Call, ast.Attribute)) for one in ast.walk(node))


def _truth(node: ast.expr) -> bool:
    return bool(node.value) if isinstance(node, ast.Constant) else True
