"""What shows that a GSD plan is done: its must-haves, and how its tasks are verified."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_tracks.core.tree import Keys, Node, Problems, Scalar
from pytest_tracks.formats.document import Document
from pytest_tracks.formats.loose_keys import LooseKeys, as_text, listed, one_line
from pytest_tracks.formats.markdown_blocks import Bullets, Fence
from pytest_tracks.formats.markup import Element
from pytest_tracks.formats.node_building import Value, keys, text
from pytest_tracks.formats.shell_commands import ShellCommand, read_commands

__all__ = ["must_haves", "verified_by"]

_CHECKPOINT = "checkpoint"
_CHECKPOINT_PARTS = ("what-built", "decision", "action", "instructions", "how-to-verify")
_SHELLS = frozenset({"bash", "sh", "shell", "zsh", "console"})
_MISSING = re.compile(r"(?:missing|none|n/?a|manual)\b", re.IGNORECASE)
_UNCHECKABLE = re.compile(r"^[/~]|^[A-Za-z]:|[*?<>{}\n]|(?:^|/)\.\.(?:/|$)|^\S+\s+\S+")


def must_haves(node: Node | None, problems: Problems) -> Iterator[Node]:
    """Translate truths (prose), artifacts (files) and key links (patterns in files)."""
    if not isinstance(node, Keys):
        yield from (said for one in listed(node) if (said := as_text(one)) is not None)
        return
    have = LooseKeys(node, problems)
    for one in have.list("truths"):
        yield as_text(one) or one
    for one in have.list("artifacts"):
        yield _artifact(one, problems)
    for one in have.list("key_links"):
        yield _key_link(one, problems)
    for one in listed(have.rest()):
        problems.warn(one.location, "unread-key", "no must-have of a known kind", "it is not read")


def _artifact(node: Node, problems: Problems) -> Node:
    if not isinstance(node, Keys):
        path = as_text(node)
        return node if path is None else _file(path, path.text, {}, problems)
    artifact = LooseKeys(node, problems)
    path, provides = artifact.text("path", "file"), artifact.text("provides", "description")
    asked: dict[str, Value] = {
        "min_lines": artifact.text("min_lines"),
        "contains": _texts(artifact.list("contains")),
        "exports": _texts(artifact.list("exports")),
    }
    if path is None:
        return provides or node
    said = f"{path.text}: {provides.text}" if provides is not None else path.text
    return _file(path, said, asked, problems)


def _texts(nodes: tuple[Node, ...]) -> list[Value]:
    return [node for node in nodes if isinstance(node, Scalar) and node.text.strip()]


def _key_link(node: Node, problems: Problems) -> Node:
    if not isinstance(node, Keys):
        return as_text(node) or node
    link = LooseKeys(node, problems)
    source, target = link.text("from"), link.text("to")
    via, pattern = link.text("via"), link.take("pattern")
    ends = [one.text for one in (source, target) if one is not None]
    said = " → ".join(ends) + (f" ({via.text})" if via is not None else "")
    if source is None or not isinstance(pattern, Scalar) or not pattern.text.strip():
        return text(said or "a key link", node.location)
    if not _is_pattern(pattern, problems):
        return text(said, node.location)
    return _file(source, said, {"matches": text(pattern.text, pattern.location)}, problems)


def _is_pattern(node: Scalar, problems: Problems) -> bool:
    """Tell whether Python reads a regular expression that was written for JavaScript."""
    try:
        re.compile(node.text, re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        problems.warn(
            node.location,
            "bad-regex",
            f"{node.text!r:.80}: {error}: nothing checks this link",
            "mend the pattern, or bind a check in tracks.yaml",
        )
        return False
    return True


def _file(path: Scalar, said: str, asked: dict[str, Value], problems: Problems) -> Node:
    """Make a check of a file; what names no file of the project is prose, with a warning."""
    if _UNCHECKABLE.search(path.text):
        problems.warn(
            path.location,
            "no-file",
            f"{path.text!r:.80} is no file below the root folder: nothing checks this",
            "bind a check in tracks.yaml",
        )
        return text(said, path.location)
    return keys(path.location, {"text": said, "file": keys(path.location, {"path": path, **asked})})


def verified_by(body: Element, document: Document, problems: Problems) -> Iterator[Node]:
    """Translate how each task, and then the whole plan, is verified."""
    reader = _Verification(document, problems)
    for element in body.walk():
        if element.name in ("task", "feature"):
            yield from reader.of_task(element)
    for element in body.all("verification"):
        yield from reader.shell_code(element, "")


class _Verification:
    """Translates what stands in one plan."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self._document = document
        self._problems = problems

    def of_task(self, task: Element) -> Iterator[Node]:
        name = task.first("name")
        title = one_line(name.text) if name is not None else ""
        if task.attributes.get("type", "").startswith(_CHECKPOINT):
            yield self._checkpoint(task, title)
            return
        for element in task.all("verify"):
            yield from self._verify(element, title)
        for element in task.all("acceptance_criteria"):
            yield from self._list(element)

    def shell_code(self, element: Element, title: str) -> Iterator[Node]:
        """Yield the commands of all fences with shell code."""
        for block in element.markdown(self._document).root.all_blocks():
            if isinstance(block, Fence) and block.language in _SHELLS:
                for command in read_commands(block.content):
                    yield self._command(command, title, block.line + command.line)

    def _checkpoint(self, task: Element, title: str) -> Keys:
        """Ask for a signature: a person looks, decides or acts."""
        parts = [task.first(name) for name in _CHECKPOINT_PARTS]
        said = [one_line(part.text) for part in parts if part is not None and part.text]
        words = " — ".join([title, *said] if title else said) or "Checkpoint"
        return self._manual(words, task.line)

    def _verify(self, verify: Element, title: str) -> Iterator[Node]:
        found: list[Node] = []
        for element in verify.all("automated"):
            found += self._automated(element, title)
        for element in verify.all("manual", "human"):
            if element.text:
                found.append(self._manual(one_line(element.text), element.line))
        found += self.shell_code(verify, title)
        if not found and verify.text:
            found.append(self._prose(verify.text, title, verify.line))
        yield from found

    def _automated(self, element: Element, title: str) -> list[Node]:
        """Make a command of what is meant to run; ``MISSING`` says that there is none yet."""
        from_fences = list(self.shell_code(element, title))
        if from_fences:
            return from_fences
        code = element.text
        if len(code) > 2 and code[0] == code[-1] == "`" and code.count("`") == 2:
            code = code[1:-1].strip()
        if not code:
            return []
        if _MISSING.match(code):
            return [self._prose(code, title, element.line)]
        said = f"{title}: {one_line(code)}" if title else one_line(code)
        return [self._run(code, said, element.line)]

    def _command(self, command: ShellCommand, title: str, line: int) -> Node:
        said = f"{title}: {command.text}" if title else command.text
        if not command.doubt:
            return self._run(command.script, said, line)
        self._problems.warn(
            self._document.at(line),
            "not-run",
            f"{one_line(command.code)!r:.80} {command.doubt}",
            "bind the command that is meant in tracks.yaml",
        )
        return text(said, self._document.at(line))

    def _run(self, script: str, said: str, line: int) -> Keys:
        at = self._document.at(line)
        return keys(at, {"text": said, "run": text(script, at)})

    def _manual(self, said: str, line: int) -> Keys:
        return keys(self._document.at(line), {"text": said, "manual": True})

    def _prose(self, said: str, title: str, line: int) -> Scalar:
        words = one_line(said)
        return text(f"{title}: {words}" if title else words, self._document.at(line))

    def _list(self, element: Element) -> Iterator[Node]:
        blocks = list(element.markdown(self._document).root.all_blocks())
        entries = [one for block in blocks if isinstance(block, Bullets) for one in block.items]
        for one in entries:
            if one.text:
                yield text(one.text, self._document.at(one.line))
        if not entries and element.text:
            yield self._prose(element.text, "", element.line)
