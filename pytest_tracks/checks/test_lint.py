"""Tests that assert nothing: they pass as long as nothing raises.

A test asserts where its body, or that of a function or fixture of the same module that it uses,
has an ``assert``, ``pytest.raises`` and the like, or calls something that is named for it
(``assert_called_once``, ``self.assertEqual``, ``check_…``, ``fnmatch_lines``). What other modules
do is not looked into, so only their names are believed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

__all__ = ["Functions", "asserts_nothing", "functions_of"]

_NAMED_FOR_IT = re.compile(
    r"_?(?:assert|check|verify|expect|ensure|must|should|validate|require|fail|raises|warns"
    r"|deprecated_call|fnmatch_lines|re_match_lines|no_fnmatch_line|no_re_match_line|match_snapshot"
    r"|approve|exit)",
    re.IGNORECASE,
)

_Function = ast.FunctionDef | ast.AsyncFunctionDef
Functions = Mapping[str, "_Function"]
"""Qualified name (``TestLogin::test_reset``, ``helper``) → function."""


def functions_of(source: str) -> Functions | None:
    """List the functions of a module; None where it cannot be parsed."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return dict(_named(tree, ""))


def _named(node: ast.AST, prefix: str) -> Iterator[tuple[str, _Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield prefix + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield from _named(child, f"{prefix}{child.name}::")
        elif isinstance(child, (ast.If, ast.Try, ast.With)):
            yield from _named(child, prefix)


def asserts_nothing(functions: Functions, name: str) -> ast.AST | None:
    """Return a test's definition where it asserts nothing; None also where it is not known.

    ``name`` is what follows the file in its node id, without parameters.
    """
    test = functions.get(name)
    if test is None or _asserts(test, _by_last_name(functions), set()):
        return None
    return test


def _by_last_name(functions: Functions) -> dict[str, list[_Function]]:
    found: dict[str, list[_Function]] = {}
    for name, function in functions.items():
        found.setdefault(name.rpartition("::")[2], []).append(function)
    return found


def _asserts(function: _Function, known: Mapping[str, list[_Function]], seen: set[str]) -> bool:
    used = {argument.arg for argument in ast.walk(function) if isinstance(argument, ast.arg)}
    for node in ast.walk(function):
        if isinstance(node, (ast.Assert, ast.Raise)):
            return True
        if isinstance(node, ast.Call):
            name = _called(node.func)
            if _NAMED_FOR_IT.match(name):
                return True
            used.add(name)
    for name in used & known.keys() - seen:
        seen.add(name)
        if any(_asserts(helper, known, seen) for helper in known[name]):
            return True
    return False


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
