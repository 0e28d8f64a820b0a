"""Tests that assert nothing: they pass as long as nothing raises.

A test asserts where its body, or that of a function or fixture of the same module that it uses,
has an ``assert``, ``pytest.raises`` and the like, or calls something that is named for it
(``assert_called_once``, ``self.assertEqual``, ``check_…``, ``fnmatch_lines``). What other modules
do is not looked into, so only their names are believed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Functions", "asserts_nothing", "functions_of"]

_NAMED_FOR_IT = re.compile(
    r"_?(?:assert|check|verify|expect|ensure|must|should|validate|require|fail|raises|warns"
    r"|deprecated_call|fnmatch_lines|re_match_lines|no_fnmatch_line|no_re_match_line|match_snapshot"
    r"|approve|exit)",
    re.IGNORECASE,
)

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_SEVERAL = (ast.If, ast.Try, ast.With)
"""Statements of a module in which definitions may stand."""


class Functions:
    """The functions of a module: qualified name (``TestLogin::test_reset``, ``helper``) → it."""

    def __init__(self, named: Iterable[tuple[str, _Function]]) -> None:
        self.by_name = dict(named)
        self.by_last_name: dict[str, list[_Function]] = {}
        for name, function in self.by_name.items():
            self.by_last_name.setdefault(name.rpartition("::")[2], []).append(function)

    def __contains__(self, name: object) -> bool:
        return name in self.by_name


def functions_of(source: str) -> Functions | None:
    """List the functions of a module; None where it cannot be parsed."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return Functions(_named(tree.body, ""))


def _named(statements: Iterable[ast.AST], prefix: str) -> Iterator[tuple[str, _Function]]:
    for one in statements:
        if isinstance(one, _Function):
            yield prefix + one.name, one
        elif isinstance(one, ast.ClassDef):
            yield from _named(one.body, f"{prefix}{one.name}::")
        elif isinstance(one, _SEVERAL):
            yield from _named(ast.iter_child_nodes(one), prefix)
        elif isinstance(one, ast.ExceptHandler):
            yield from _named(one.body, prefix)


def asserts_nothing(functions: Functions, name: str) -> ast.AST | None:
    """Return a test's definition where it asserts nothing; None also where it is not known.

    ``name`` is what follows the file in its node id, without parameters.
    """
    test = functions.by_name.get(name)
    if test is None or _asserts(test, functions.by_last_name, set()):
        return None
    return test


def _asserts(function: _Function, known: Mapping[str, list[_Function]], seen: set[str]) -> bool:
    used = set()
    for node in _inside(function):
        if isinstance(node, ast.Call):
            name = _called(node.func)
            if _NAMED_FOR_IT.match(name):
                return True
            used.add(name)
        elif isinstance(node, ast.arg):
            used.add(node.arg)
        elif isinstance(node, (ast.Assert, ast.Raise)):
            return True
    for name in used & known.keys() - seen:
        seen.add(name)
        if any(_asserts(helper, known, seen) for helper in known[name]):
            return True
    return False


def _inside(function: _Function) -> Iterator[ast.AST]:
    """Walk as ``ast.walk`` does, in another order and at half the price: each test is walked."""
    waiting: list[ast.AST] = [function]
    while waiting:
        node = waiting.pop()
        yield node
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                waiting.append(value)
            elif isinstance(value, list):
                waiting += [one for one in value if isinstance(one, ast.AST)]


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
