"""What an answer has to be, and what of it is not so: a pure comparison."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from pytest_tracks.checks.json_path import NoSuchValueError, find_values, parse_document

__all__ = ["Answer", "gaps_in"]

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """The last answer, after all redirects; names of headers are in lower case."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    text: str


def gaps_in(answer: Answer, params: Mapping[str, object]) -> list[str]:
    """List what does not fit; with no ``status`` asked for, it has to be 2xx."""
    return [*_status(answer, params), *_headers(answer, params), *_body(answer, params)]


def _status(answer: Answer, params: Mapping[str, object]) -> Iterator[str]:
    wanted = cast("tuple[int, ...]", params.get("status", ()))
    if wanted and answer.status not in wanted:
        yield f"status {answer.status}, not {' or '.join(map(str, wanted))}: {answer.url}"
    elif not wanted and not 200 <= answer.status < 300:
        yield f"status {answer.status}, not 2xx: {answer.url}"


def _headers(answer: Answer, params: Mapping[str, object]) -> Iterator[str]:
    for name, wanted in cast("Mapping[str, object]", params.get("response_headers", {})).items():
        found = answer.headers.get(name.lower())
        if found is None:
            yield f"no header {name}"
        elif str(wanted) != found:
            yield f"header {name} is {found[:_SHOWN]!r}, not {wanted!r}"


def _body(answer: Answer, params: Mapping[str, object]) -> Iterator[str]:
    for wanted in cast("tuple[str, ...]", params.get("contains", ())):
        if wanted not in answer.text:
            yield f"the body does not contain {wanted!r}"
    pattern = params.get("matches")
    if pattern is not None and not re.search(str(pattern), answer.text, re.MULTILINE):
        yield f"the body does not match {pattern!r}"
    expected = cast("Mapping[str, object]", params.get("json", {}))
    if expected:
        yield from _json(answer.text, expected)


def _json(text: str, expected: Mapping[str, object]) -> Iterator[str]:
    try:
        document = parse_document(text)
    except NoSuchValueError as error:
        yield f"the body {error.gap}"
        return
    for path, wanted in expected.items():
        try:
            found = find_values(document, path)
        except NoSuchValueError as error:
            yield f"the body {error.gap}"
            continue
        if not found:
            yield f"the body has no {path}"
        for value in found:
            if not _is_same(value, wanted):
                yield f"{path} is {value!r:.200}, not {wanted!r}"
                break


def _is_same(one: object, other: object) -> bool:
    """Compare as JSON does: true is not 1."""
    if isinstance(one, dict) and isinstance(other, Mapping):
        same_keys = one.keys() == other.keys()
        return same_keys and all(_is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other
