"""Keeps the secrets of URIs out of everything that is printed or stored."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias
from urllib.parse import quote, quote_plus, unquote, unquote_plus

# Replaces a secret.
HIDDEN = "***"


# A parameter is secret if its name contains one of these, or is one of four in `_NAMES`.
_WITHIN = (
    "passw|passphrase|pwd|token|secret|credential|signature|auth"
    "|(?:api|access|account|private)[_-]?key"
)


_NAMES = rf"(?:[\w.%-]*(?:{_WITHIN})[\w.%-]*|(?<![\w%])(?:pass|pw|sig|key))"


_PARAMETER = re.compile(rf"(?i){_NAMES}\s*=\s*([^&;]*)")


_PARAMETER_IN_TEXT = re.compile(rf"(?i){_NAMES}\s*(?:=|%3D)([^&\s'\"]*)")


# A user before a host may contain any character, so it ends at the last @ of the line. A third
# slash begins a path.
_USER_IN_TEXT = re.compile(r"://(?!/)([^\n]*)@")


_URI = re.compile(r"\s*[a-zA-Z][\w+.-]*://")


# A shorter secret would match too much of a message.
_SHORTEST = 3


def without_secrets(text: str, *uris: str) -> str:
    """Returns a URI or a message with `***` in place of every secret.

    Secrets are a user before a host, with the password, and the values of parameters such as
    `password` or `token`. The secrets of `uris` are hidden in every spelling. Anything that may be
    a secret is hidden.
    """
    known = {spelling for uri in uris for spelling in _spellings(uri)}
    # Find all before replacing any, since they may overlap.
    places = [found.span() for secret in known for found in re.finditer(re.escape(secret), text)]
    return _masked(text, places + _spans(text))


# The place of a secret in a text: the index of its first character, and the index after its last.
Span: TypeAlias = tuple[int, int]


def _spans(text: str) -> list[Span]:
    """The positions of secrets in a URI or a message; they may overlap."""
    if _URI.match(text):
        return _spans_of_uri(text)
    users = [found.span(1) for found in _USER_IN_TEXT.finditer(text)]
    return users + [found.span(1) for found in _PARAMETER_IN_TEXT.finditer(text)]


def _spans_of_uri(uri: str) -> list[Span]:
    # This is not the standard's syntax: people forget to escape, so a password may contain `/`,
    # `?`, `&` or `@`.
    start = uri.index("://") + 3
    has_host = not uri.startswith("/", start)
    found = re.compile("[?#]").search(uri, start)
    if found:
        query = found.end()
    else:
        query = len(uri)
    spans: list[Span] = []
    if has_host:
        spans += [(start, max(uri.rfind("@"), start))]
        spans += [found.span(1) for found in _PARAMETER_IN_TEXT.finditer(uri, start, query)]
    after_secret = False
    for part in uri[query:].split("&"):
        name, sign, _ = part.partition("=")
        end = query + len(part)
        if _is_secret(part):
            is_plain = bool(sign) and not _is_secret(name)
            spans.append((query + len(name) + 1 if is_plain else query, end))
            after_secret = True
        elif after_secret and not sign:
            # A part without a name after a secret is the rest of the secret.
            spans.append((query - 1, end))
        else:
            after_secret = False
        query = end + 1
    return spans


def _is_secret(part: str) -> bool:
    # Decoded twice: a URI may contain an ODBC connection string, escaped once more.
    return _PARAMETER.search(unquote_plus(unquote_plus(part))) is not None


def _masked(text: str, spans: Iterable[Span]) -> str:
    parts: list[str] = []
    done = 0
    for start, end in _merged(spans):
        parts += [text[done:start], HIDDEN]
        done = end
    return "".join([*parts, text[done:]])


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Sorts spans, joins those that touch, and drops empty ones."""
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _secrets(uri: str) -> Iterator[str]:
    """The secrets of a URI, spelt as in it."""
    for start, end in _spans(uri):
        secret = uri[start:end]
        yield secret
        # The password of a user, and secrets escaped within a parameter.
        yield secret.partition(":")[2]
        yield from (
            found.group(1) for found in _PARAMETER.finditer(unquote_plus(unquote_plus(secret)))
        )


def _spellings(uri: str) -> Iterator[str]:
    """The secrets of a URI as a message may spell them."""
    for secret in _secrets(uri):
        for plain in {secret, unquote(secret), unquote_plus(secret)}:
            for text in _spelled(plain):
                if len(text) >= _SHORTEST and text != HIDDEN:
                    yield text


def _spelled(plain: str) -> Iterator[str]:
    """A secret as it is, quoted as in a URI, escaped as in JSON and in Python, and in base64."""
    raw = plain.encode(errors="surrogateescape")
    yield plain
    yield quote(raw)
    yield quote(raw, safe="")
    yield quote_plus(raw)
    yield json.dumps(plain)[1:-1]
    yield repr(plain)[1:-1]
    # If a string contains one kind of quotation mark, `repr` puts the other around it.
    yield repr('"' + plain)[2:-1]
    encoded = base64.b64encode(raw)
    yield encoded.decode()
