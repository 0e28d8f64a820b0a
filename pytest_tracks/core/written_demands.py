"""What the source of a test demands: everything in it that can fail, each as a text.

::

    for case in CASES:                 ──► for case in CASES: run(case) == 3
        result = run(case)                     with result = run(case)
        assert result == 3

A text holds what the demand depends on: the conditions, loops and contexts around it, and what its
names stand for in this test. So whoever asks for less, or for the same of something else, changes
the text. What cannot be reached, cannot be false, or is swallowed is no demand.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

__all__ = ["demands", "fixed_truth", "last_name"]

_CHECKING = frozenset({"raises", "warns", "deprecated_call", "fail"})
_CATCHING = frozenset({"Exception", "BaseException", "AssertionError"})
_LEAVING = ("skip", "xfail", "exit")
_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_TRY: tuple[type[ast.stmt], ...] = tuple(
    kind for name in ("Try", "TryStar") if (kind := getattr(ast, name, None))
)
"""``except*`` is new in 3.11."""


def demands(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, ...]:
    """List what a test function demands, in the order in which it is written."""
    meanings = _meanings(function)
    return tuple(
        around + ast.unparse(node) + _where(node, meanings)
        for around, node in _in_body(function.body, "")
    )


_Demand = tuple[str, ast.expr]
"""What is written around it, and the expression."""


def _in_body(body: Sequence[ast.stmt], around: str) -> Iterator[_Demand]:
    for statement in body:
        yield from _in_statement(statement, around)
        if isinstance(statement, (ast.Return, ast.Raise, ast.Break, ast.Continue)):
            break
        if isinstance(statement, ast.Expr) and _is_leaving(statement.value):
            break
        if isinstance(statement, ast.If) and _may_end(statement):
            around = f"{around}unless {ast.unparse(statement.test)}: "


def _is_leaving(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node) in _LEAVING


def _may_end(statement: ast.stmt) -> bool:
    """Whether what follows may not be reached, though nothing has failed."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Return, ast.Break, ast.Continue)):
            return True
        if not isinstance(node, _OWN_SCOPE):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def _in_statement(node: ast.stmt, around: str) -> Iterator[_Demand]:
    if isinstance(node, ast.Assert):
        yield from ((around, one) for one in _conjuncts(node.test) if fixed_truth(one) is None)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return  # only where it is called, if it is
    elif isinstance(node, (ast.If, ast.While)):
        yield from _in_branches(node, around)
    elif isinstance(node, _TRY):
        yield from _in_try(node, around)
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        yield from _in_with(node, around)
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        yield from _in_loop(node, around)
    elif isinstance(node, ast.Match):
        for case in node.cases:
            inside = f"{around}case {ast.unparse(case.pattern)} of {ast.unparse(node.subject)}: "
            yield from _in_body(case.body, inside)
    else:
        yield from _in_expressions(node, around)


def _conjuncts(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for one in node.values:
            yield from _conjuncts(one)
    else:
        yield node


def _in_branches(node: ast.If | ast.While, around: str) -> Iterator[_Demand]:
    yield from _in_expressions(node.test, around)
    truth, condition = fixed_truth(node.test), ast.unparse(node.test)
    if truth is not False:
        yield from _in_body(node.body, around if truth else f"{around}if {condition}: ")
    if truth is not True or isinstance(node, ast.While):
        yield from _in_body(node.orelse, f"{around}if not ({condition}): ")


def _in_try(node: ast.stmt, around: str) -> Iterator[_Demand]:
    assert isinstance(node, _TRY)
    handlers: list[ast.ExceptHandler] = node.handlers  # type: ignore[attr-defined]
    final: list[ast.stmt] = node.finalbody  # type: ignore[attr-defined]
    # A return under 'finally' swallows what was raised.
    if not any(map(_swallows, handlers)) and not any(map(_may_end, final)):
        yield from _in_body(node.body, around)  # type: ignore[attr-defined]
    for handler in handlers:
        kind = ast.unparse(handler.type) if handler.type else ""
        yield from _in_body(handler.body, f"{around}except {kind}: ")
    yield from _in_body(node.orelse, around)  # type: ignore[attr-defined]
    yield from _in_body(final, around)


def _swallows(handler: ast.ExceptHandler) -> bool:
    return _catches(handler.type) and not any(
        isinstance(node, ast.Raise) for node in ast.walk(handler)
    )


def _catches(kind: ast.expr | None) -> bool:
    """Whether an exception class, or one of a tuple, takes a failed assertion too."""
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(one is None or last_name(one) in _CATCHING for one in kinds)


def _in_with(node: ast.With | ast.AsyncWith, around: str) -> Iterator[_Demand]:
    contexts = [item.context_expr for item in node.items]
    for context in contexts:
        if _checks(last_name(context)):
            yield around, context
    if not any(map(_takes_failures, contexts)):
        inside = "".join(f"with {ast.unparse(context)}: " for context in contexts)
        yield from _in_body(node.body, around + inside)


def _takes_failures(context: ast.expr) -> bool:
    name = last_name(context)
    expects = name == "raises" and isinstance(context, ast.Call) and context.args
    return name == "suppress" or bool(expects and _catches(context.args[0]))  # type: ignore[attr-defined]


def _in_loop(node: ast.For | ast.AsyncFor, around: str) -> Iterator[_Demand]:
    yield from _in_expressions(node.iter, around)
    over = ast.unparse(node.iter)
    if fixed_truth(node.iter) is not False and over != "range(0)":
        yield from _in_body(node.body, f"{around}for {ast.unparse(node.target)} in {over}: ")
    yield from _in_body(node.orelse, around)


def _in_expressions(node: ast.AST, around: str) -> Iterator[_Demand]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and _checks(last_name(one)):
            yield around, one


def _checks(name: str) -> bool:
    return name in _CHECKING or name.startswith("assert")


def last_name(node: ast.expr) -> str:
    """Name what is called or meant: ``skipif`` for ``@pytest.mark.skipif(…)``."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


# -- what is true whatever the code under test does -----------------------------------------------


def fixed_truth(node: ast.expr) -> bool | None:
    """Tell the truth value that an expression always has; None where it depends on something."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return None if any(isinstance(one, ast.Starred) for one in node.elts) else bool(node.elts)
    if isinstance(node, ast.Dict):
        return bool(node.keys) if None not in node.keys else None
    if isinstance(node, (ast.Lambda, ast.GeneratorExp)):
        return True
    if isinstance(node, ast.JoinedStr):
        return True if any(isinstance(one, ast.Constant) for one in node.values) else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inside = fixed_truth(node.operand)
        return None if inside is None else not inside
    if isinstance(node, ast.BoolOp):
        return _of_several(node)
    if isinstance(node, ast.IfExp):
        return _of_branches(node)
    if isinstance(node, ast.Compare):
        same = ast.dump(node.left)
        if all(ast.dump(one) == same for one in node.comparators):
            return True
    return None if _names(node) else True


def _of_several(node: ast.BoolOp) -> bool | None:
    decides = isinstance(node.op, ast.Or)
    found = [fixed_truth(one) for one in node.values]
    if decides in found:
        return decides
    return None if None in found else not decides


def _of_branches(node: ast.IfExp) -> bool | None:
    truth = fixed_truth(node.test)
    body, other = fixed_truth(node.body), fixed_truth(node.orelse)
    if truth is None:
        return body if body == other else None
    return body if truth else other


def _names(node: ast.expr) -> bool:
    return any(isinstance(one, (ast.Name, ast.Call, ast.Attribute)) for one in ast.walk(node))


# -- what names stand for --------------------------------------------------------------------------


def _meanings(function: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, list[str]]:
    """Map the names that a test gives a meaning to what it says of each."""
    found: dict[str, list[str]] = {}
    given = function.args
    for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs):
        found[argument.arg] = ["an argument"]
    for node in (one for statement in function.body for one in ast.walk(statement)):
        for target, said in _bound_by(node):
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    found.setdefault(name.id, []).append(said)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.setdefault(node.name, []).append(ast.unparse(node))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                found.setdefault(alias.asname or alias.name, []).append(ast.unparse(node))
    return found


def _bound_by(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(node, ast.Assign):
        yield from ((target, ast.unparse(node.value)) for target in node.targets)
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
        yield node.target, ast.unparse(node.value) if node.value else ""
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield node.optional_vars, ast.unparse(node.context_expr)


def _where(node: ast.expr, meanings: dict[str, list[str]]) -> str:
    """Say what the names of a demand stand for, and the names in that."""
    told: dict[str, str] = {}
    waiting = _used(node)
    while waiting:
        name = waiting.pop(0)
        if name in meanings and name not in told:
            told[name] = " or ".join(meanings[name])
            for said in meanings[name]:
                waiting += _used_in(said)
    return "".join(f"; {name}: {said}" for name, said in sorted(told.items()))


def _used(node: ast.AST) -> list[str]:
    return [one.id for one in ast.walk(node) if isinstance(one, ast.Name)]


def _used_in(said: str) -> list[str]:
    try:
        return _used(ast.parse(said))
    except SyntaxError:
        return []  # "an argument"
