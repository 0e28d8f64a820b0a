"""Which names a source file offers to others: by its language's rules, never by a mere mention.

Python is parsed and never run. JavaScript and TypeScript are read by their export statements,
with comments, texts and templates blanked first. Of other languages nothing is known: there a name
counts where it stands as a whole word.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence

__all__ = ["gaps_in_exports"]

_SCRIPTS = frozenset(
    {".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte"}
)
_PYTHON = frozenset({".py", ".pyi"})
_NOT_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*`", re.DOTALL
)
_DECLARED = re.compile(
    r"\bexport\s+(?:declare\s+)?(?:default\s+)?(?:abstract\s+)?(?:async\s+)?"
    r"(?:function\s*\*?|class|const\s+enum|const|let|var|interface|type|enum|namespace)\s+([\w$]+)"
)
_DEFAULT = re.compile(r"\bexport\s+default\b(?:\s+([A-Za-z_$][\w$]*))?|\bmodule\.exports\s*=(?!=)")
_LISTED = re.compile(r"\bexport\s*(?:type\s*)?\{([^}]*)\}|\bmodule\.exports\s*=\s*\{([^}]*)\}")
_ASSIGNED = re.compile(r"\b(?:module\.)?exports\.([\w$]+)\s*=(?!=)")
_UNPACKED = re.compile(r"\bexport\s+(?:const|let|var)\s*[{\[]([^}\]]*)[}\]]\s*=")
_DEFAULT_NAME = "default"


def gaps_in_exports(path: str, text: str, wanted: Sequence[str]) -> Iterator[str]:
    """Say for each wanted name why the file does not offer it."""
    ending = posixpath.splitext(path)[1].lower()
    if ending in _PYTHON:
        try:
            offered = frozenset(_of_python(ast.parse(text)))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            yield f"cannot be parsed as Python: {error}"
            return
    elif ending in _SCRIPTS:
        offered = frozenset(_of_script(text))
    else:
        offered = frozenset(
            name for name in wanted if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
        )
    for name in wanted:
        if name not in offered:
            yield f"does not export {name!r}"


def _of_python(module: ast.Module) -> Iterator[str]:
    """Yield the names bound at the top of a module, also within ``if`` and ``try`` there."""
    for statement in _at_top(module.body):
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield statement.name
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield from (name.asname or name.name.partition(".")[0] for name in statement.names)
        elif isinstance(statement, ast.Assign):
            yield from (name for target in statement.targets for name in _names(target))
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            yield from _names(statement.target)
        elif type(statement).__name__ == "TypeAlias":  # since Python 3.12
            yield from _names(statement.name)  # type: ignore[attr-defined]


def _at_top(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        for part in ("body", "orelse", "finalbody"):
            if isinstance(statement, (ast.If, ast.Try, ast.With)):
                yield from _at_top(getattr(statement, part, ()))
        for handler in getattr(statement, "handlers", ()):
            yield from _at_top(handler.body)


def _names(target: ast.expr) -> Iterator[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _of_script(text: str) -> Iterator[str]:
    code = _NOT_CODE.sub(" ", text)
    yield from (found[1] for found in _DECLARED.finditer(code))
    yield from (found[1] for found in _ASSIGNED.finditer(code))
    for found in _DEFAULT.finditer(code):
        yield _DEFAULT_NAME
        if found[1]:
            yield found[1]
    for found in (*_LISTED.finditer(code), *_UNPACKED.finditer(code)):
        for entry in next(part for part in found.groups() if part is not None).split(","):
            name = re.split(r"\s+as\s+|:", entry.strip())
            yield name[-1 if " as " in entry else 0].removeprefix("type ").strip()
