"""What shows that a GSD plan is done: its must-haves, and how its tasks are verified."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_tracks.core.tree import Keys, Node, Problems, Scalar
from pytest_tracks.formats.document import Document
from pytest_tracks.formats.loose_keys import LooseKeys, as_text, listed, one_line
from pytest_tracks.formats.markdown_blocks import Bullets, Fence, Item
from pytest_tracks.formats.markup import Element
from pytest_tracks.formats.node_building import Value, keys, text
from pytest_tracks.formats.shell_fence import SHELLS, shell_commands

__all__ = ["must_haves", "verified_by"]

_CHECKPOINT = "checkpoint"
_MISSING = re.compile(r"(?:missing|none|n/?a|manual)\b", re.IGNORECASE)
_OUTPUT = re.compile(r"(?:must|should|expect(?:s|ed)?|prints?|outputs?)\b", re.IGNORECASE)
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


def verified_by(body: Element, document: Document, problems: Problems) -> list[Node]:
    """Translate how each task, and then the whole plan, is verified.

    Warns where a comment tells what a command prints: only its exit status is looked at.
    """
    found = list(_verified(body, document))
    told = [one.location for one in found if isinstance(one, Keys) and _tells_output(one)]
    if told:
        problems.warn(
            told[0],
            "output-not-compared",
            f"{len(told)} commands here say what they must print: only their exit status decides",
            "bind a command that compares (| grep -q …) in tracks.yaml",
        )
    return found


def _tells_output(criterion: Keys) -> bool:
    said = as_text(criterion.get("text"))
    return criterion.get("run") is not None and said is not None and bool(_OUTPUT.match(said.text))


def _verified(body: Element, document: Document) -> Iterator[Node]:
    for element in body.walk():
        if element.name in ("task", "feature"):
            yield from _verified_task(element, document)
    for element in body.all("verification"):
        yield from _shell_code(element, document, "")


def _verified_task(task: Element, document: Document) -> Iterator[Node]:
    name = task.first("name")
    title = one_line(name.text) if name is not None else ""
    if task.attributes.get("type", "").startswith(_CHECKPOINT):
        yield _checkpoint(task, title, document)
        return
    for element in task.all("verify"):
        yield from _verify(element, title, document)
    for element in task.all("acceptance_criteria"):
        yield from _list(element, document)


def _checkpoint(task: Element, title: str, document: Document) -> Keys:
    """A person looks, decides or acts: that is signed."""
    parts = [task.first(name) for name in ("what-built", "decision", "action", "how-to-verify")]
    said = [one_line(part.text) for part in parts if part is not None and part.text]
    words = " — ".join([title, *said] if title else said) or "Checkpoint"
    return keys(document.at(task.line), {"text": words, "manual": True})


def _verify(verify: Element, title: str, document: Document) -> Iterator[Node]:
    found = []
    for element in verify.all("automated"):
        found += _automated(element, title, document)
    for element in verify.all("manual", "human"):
        found.append(keys(document.at(element.line), {"text": one_line(element.text), "manual": True}))
    found += _shell_code(verify, document, title)
    if not found and verify.text:
        said = one_line(verify.text)
        found.append(text(f"{title}: {said}" if title else said, document.at(verify.line)))
    yield from found


def _automated(element: Element, title: str, document: Document) -> list[Node]:
    """Make a command of what is meant to run; ``MISSING`` says that there is none yet."""
    from_fences = list(_shell_code(element, document, title))
    if from_fences:
        return from_fences
    command = element.text
    if len(command) > 2 and command[0] == command[-1] == "`" and command.count("`") == 2:
        command = command[1:-1].strip()
    if not command:
        return []
    at = document.at(element.line)
    if _MISSING.match(command):
        return [text(f"{title}: {one_line(command)}" if title else one_line(command), at)]
    return [_run(command, title, at.line, document)]


def _shell_code(element: Element, document: Document, title: str) -> Iterator[Node]:
    for block in element.markdown(document).root.all_blocks():
        if isinstance(block, Fence) and block.language in SHELLS:
            for one in shell_commands(block.content, block.line + 1):
                yield _run(one.command, one.comment or title, one.line, document)


def _run(command: str, said: str, line: int, document: Document) -> Keys:
    at = document.at(line)
    shown = f"{said}: {one_line(command)}" if said else one_line(command)
    return keys(at, {"text": shown, "run": text(command, at)})


def _list(element: Element, document: Document) -> Iterator[Node]:
    blocks = list(element.markdown(document).root.all_blocks())
    entries: list[Item] = [one for block in blocks if isinstance(block, Bullets) for one in block.items]
    for one in entries:
        if one.text:
            yield text(one.text, document.at(one.line))
    if not entries and element.text:
        yield text(one_line(element.text), document.at(element.line))
