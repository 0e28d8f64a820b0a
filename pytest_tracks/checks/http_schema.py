"""What ``http:`` may say, typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from pytest_tracks.checks.command_schema import read_command, read_timeout
from pytest_tracks.checks.json_path import read_json_path
from pytest_tracks.core.tree import Items, Keys, Node, Reader, Scalar

__all__ = ["DEFAULT_REDIRECTS", "DEFAULT_TIMEOUT", "PORT", "read_http"]

DEFAULT_TIMEOUT = 30.0
"""Seconds for everything, a server's start included."""

DEFAULT_REDIRECTS = 5
MOST_REDIRECTS = 20

PORT = "{port}"
"""Stands in the URL for the port that the check's own server is given."""

_REQUEST = frozenset({"url", "method", "headers", "body", "redirects", "serve"})
_ANSWER = frozenset({"status", "response_headers", "json", "contains", "matches"})
_KEYS = _REQUEST | _ANSWER
_METHOD = re.compile(r"[A-Z]{1,20}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_WORDS: Mapping[str, object] = {"true": True, "false": False}


def read_http(
    value: Node, timeout: Node | None, reader: Reader, find_bash: Callable[[], str | None]
) -> dict[str, object] | None:
    """Type the mapping (or a URL alone); None where a problem was noted."""
    errors_before = len(reader.problems.errors)
    params: dict[str, object] = {}
    if isinstance(value, Keys):
        reader.known_keys(value, _KEYS, "'http'")
        for key, node in value:
            if key.text in _KEYS:
                params[key.text] = _read(key.text, node, reader, find_bash)
        if value.get("url") is None:
            reader.problems.error(value.location, "missing-key", "'http' has no 'url'")
    else:
        params["url"] = _read_url(value, reader)
    if timeout is not None:
        params["timeout"] = read_timeout(timeout, reader)
    _check_port(value, params, reader)
    return params if len(reader.problems.errors) == errors_before else None


def _read(key: str, node: Node, reader: Reader, find_bash: Callable[[], str | None]) -> object:
    what = f"'http: {key}'"
    if key == "url":
        return _read_url(node, reader)
    if key == "serve":
        return read_command(node, what, reader, find_bash)
    if key == "redirects":
        return reader.integer(node, what, low=0, high=MOST_REDIRECTS)
    if key == "contains":
        return reader.texts(node, what)
    readers = {
        "method": _read_method,
        "headers": _read_headers,
        "body": _read_body,
        "status": _read_status,
        "response_headers": _read_headers,
        "json": _read_json,
        "matches": _read_pattern,
    }
    return readers[key](node, what, reader)


def _read_url(node: Node, reader: Reader) -> str | None:
    text = reader.text(node, "'http: url'")
    if text is None:
        return None
    url = text.strip()
    fault = _url_fault(url)
    if fault:
        hint = "write http://host:port/path or https://…"
        reader.problems.error(node.location, "bad-url", f"'http: url' {url!r} {fault}", hint)
        return None
    return url


def _url_fault(url: str) -> str:
    if any(sign.isspace() or not sign.isprintable() for sign in url):
        return "holds a blank or a control character"
    try:
        parts = urlsplit(url.replace(PORT, "1", 1))
        parts.port  # noqa: B018  (raises where it is no number)
    except ValueError as error:
        return f"is no URL: {error}"
    if parts.scheme not in ("http", "https"):
        return "is neither http nor https"
    return "" if parts.hostname else "names no host"


def _check_port(value: Node, params: Mapping[str, object], reader: Reader) -> None:
    url = params.get("url")
    if not isinstance(url, str):
        return
    message = hint = ""
    if PORT in url and "serve" not in params:
        message, hint = f"the url has {PORT}, and no server is started", "add 'serve', a command"
    elif PORT in url and f":{PORT}" not in urlsplit(url).netloc:
        message, hint = f"{PORT} stands where no port is", f"write http://127.0.0.1:{PORT}/…"
    if message:
        reader.problems.error(value.location, "bad-url", f"'http': {message}", hint)


def _read_method(node: Node, what: str, reader: Reader) -> str | None:
    text = reader.text(node, what)
    if text is None or _METHOD.fullmatch(text):
        return text
    reader.problems.error(node.location, "unknown-value", f"{what} {text!r}", "write GET, POST, …")
    return None


def _read_headers(node: Node, what: str, reader: Reader) -> dict[str, object] | None:
    """Read names and values; ``{env: NAME}`` takes a value that must not stand in the plan."""
    keys = reader.mapping(node, what)
    headers: dict[str, object] = {}
    for key, value in keys or ():
        if not _HEADER.fullmatch(key.text):
            message = f"{what}: {key.text!r} is no name of a header"
            reader.problems.error(key.location, "bad-header", message)
        headers[key.text] = _read_header(value, f"{what}: {key.text}", reader)
    return None if keys is None or None in headers.values() else headers


def _read_header(node: Node, what: str, reader: Reader) -> object:
    if isinstance(node, Keys):
        name = node.get("env")
        if name is None or len(node.pairs) != 1:
            hint = "write a text, or {env: NAME}"
            reader.problems.error(node.location, "bad-header", f"{what} is a mapping", hint)
            return None
        variable = reader.text(name, f"{what}: env")
        return None if variable is None else {"env": variable}
    text = reader.text(node, what)
    if text is not None and any(sign in text for sign in "\r\n\0"):
        reader.problems.error(node.location, "bad-header", f"{what} holds a line end")
        return None
    return text


def _read_body(node: Node, what: str, reader: Reader) -> object:
    """Read a text that is sent as it is, or a mapping or list that is sent as JSON."""
    if isinstance(node, Scalar):
        return reader.text(node, what)
    return {"json": _json_value(node)}


def _read_status(node: Node, what: str, reader: Reader) -> tuple[int, ...] | None:
    nodes = node.nodes if isinstance(node, Items) else (node,)
    found = [reader.integer(one, what, low=100, high=599) for one in nodes]
    if not found:
        reader.problems.error(node.location, "empty-list", f"{what} is an empty list")
    return tuple(one for one in found if one is not None) if all(found) and found else None


def _read_json(node: Node, what: str, reader: Reader) -> dict[str, object] | None:
    keys = reader.mapping(node, what)
    if keys is None:
        return None
    if not keys.pairs:
        reader.problems.error(node.location, "empty-list", f"{what} asks for nothing")
        return None
    paths = [read_json_path(key, what, reader) for key, _ in keys]
    if None in paths:
        return None
    return {key.text.strip(): _json_value(value) for key, value in keys}


def _json_value(node: Node) -> object:
    """Take what is written for JSON: unquoted numbers, true, false, null are such."""
    if isinstance(node, Keys):
        return {key.text: _json_value(value) for key, value in node}
    if isinstance(node, Items):
        return [_json_value(one) for one in node.nodes]
    if not node.plain:
        return node.text
    if node.is_null:
        return None
    if node.text in _WORDS:
        return _WORDS[node.text]
    if _NUMBER.fullmatch(node.text):
        return float(node.text) if set(node.text) & set(".eE") else int(node.text)
    return node.text


def _read_pattern(node: Node, what: str, reader: Reader) -> str | None:
    text = reader.text(node, what)
    if text is None:
        return None
    try:
        re.compile(text, re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        reader.problems.error(node.location, "bad-regex", f"{what} {text!r}: {error}")
        return None
    return text
