"""What a command printed, made fit to be stored: no terminal controls, no secrets.

::

    bytes ──decode──► strip_controls ──► mask(secrets_of(environment)) ──► cut ──► reports, state

The order matters: controls first, since colour codes may split a secret; the cut last, since half
a secret is not recognised. Masking is a guard against accidents, not against a command that wants
to tell: it cannot see through base64.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from urllib.parse import unquote

__all__ = ["MASK", "mask", "secrets_of", "strip_controls"]

MASK = "***"

SHORTEST_SECRET = 6
"""Characters: masking a shorter value would riddle ordinary words and protect nothing."""

_CONTROLS = re.compile(
    r"""
    (?: \x1b[\]PX^_] | [\x9d\x90\x98\x9e\x9f] )   # OSC, DCS, SOS, PM, APC: a string …
        [^\x07\n\x1b\x80-\x9f]* (?: \x07 | \x1b\\ | \x9c )    # … to its end, in one line
  | (?: \x1b\[ | \x9b ) [0-?]* [\x20-/]* [@-~]     # CSI: colours, cursor
  | \x1b [\x20-/]* [0-~]                           # other escapes
  | [\x00-\x08\x0b-\x1f\x7f-\x9f]                  # what is left of C0 and C1, but tab, line feed
  | [\ud800-\udfff\ufffe\uffff]                    # not characters of XML, not encodable
    """,
    re.VERBOSE,
)


def strip_controls(text: str) -> str:
    """Remove terminal controls and what XML 1.0 cannot hold; tabs and line feeds stay.

    A carriage return ends a line: what a progress bar overwrote stays readable.
    """
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

_SECRET_WORDS = frozenset(
    {
        *("APIKEY", "AUTHORIZATION", "BEARER", "COOKIE", "CREDENTIAL", "CREDENTIALS", "CREDS"),
        *("JWT", "PASS", "PASSPHRASE", "PASSWD", "PASSWORD", "PASSWORDS", "PAT"),
        *("SECRET", "SECRETS", "TOKEN", "TOKENS"),
    }
)
_SECRET_PAIRS = frozenset(
    {
        *((kind, "KEY") for kind in ("API", "ACCESS", "ACCOUNT", "DEPLOY", "ENCRYPTION")),
        *((kind, "KEY") for kind in ("LICENSE", "MASTER", "PRIVATE", "SIGNING", "SSH")),
        *((client, "PWD") for client in ("MYSQL", "DB", "DATABASE", "REDIS", "ADMIN", "USER")),
        ("CONNECTION", "STRING"),
    }
)
_PLACE_WORDS = frozenset({"DIR", "DIRECTORY", "FILE", "FOLDER", "PATH", "SOCK", "SOCKET"})
"""As the last word of a name they say that the value is where the secret is, not the secret."""

_URL_PASSWORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/@\s:]*:([^/@\s]+)@")


def secrets_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Collect the values that must not be shown, longest first.

    They are the values of variables whose name speaks of a secret (whole words: ``GITHUB_TOKEN``,
    ``npm_config_authToken``, not ``TOKENIZERS_PARALLELISM``), the lines of such a value, and the
    passwords in URLs (``DATABASE_URL``).
    """
    found: set[str] = set()
    for name, value in environment.items():
        found.update(_passwords_in_urls(value))
        if _is_secret(name, value):
            found.update(_forms(value))
    long_enough = (secret for secret in found if len(secret) >= SHORTEST_SECRET)
    return tuple(sorted(long_enough, key=lambda secret: (-len(secret), secret)))


def _is_secret(name: str, value: str) -> bool:
    words = [word.upper() for word in _WORDS.findall(name)]
    if not words or words[-1] in _PLACE_WORDS:
        return False
    if words[-1] == "CREDENTIALS" and value.startswith(("/", "~/", "./", "../")):
        return False
    named = not _SECRET_WORDS.isdisjoint(words)
    return named or not _SECRET_PAIRS.isdisjoint(pairwise(words))


def _forms(value: str) -> Iterator[str]:
    clean = strip_controls(value).strip()
    yield clean
    # A key of many lines may be printed, or cut, in part.
    for line in clean.split("\n"):
        yield line.strip()


def _passwords_in_urls(value: str) -> Iterator[str]:
    for password in _URL_PASSWORD.findall(value):
        yield strip_controls(password)
        yield strip_controls(unquote(password))


def mask(text: str, secrets: Iterable[str]) -> str:
    """Put ``***`` in the place of every secret; of secrets that overlap nothing is left over."""
    pieces: list[str] = []
    end = 0
    for start, stop in _merged(_spans(text, secrets)):
        pieces += text[end:start], MASK
        end = stop
    return "".join([*pieces, text[end:]])


def _spans(text: str, secrets: Iterable[str]) -> Iterator[tuple[int, int]]:
    for secret in filter(None, secrets):
        start = text.find(secret)
        while start >= 0:
            yield start, start + len(secret)
            # One further, not past it: a secret may overlap itself.
            start = text.find(secret, start + 1)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged
