"""Secrets in a bundle, by the names of files and by what is in them.

Files that belong to an installed distribution aren't looked at: they came from an index, with their test keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...sizes import MB
from ..catalogue import finding
from ..finding import Finding
from .bundle import Bundle
from .distributions import Distributions

_NAMES = {
    r"(.*/)?\.aws/credentials": "a file of AWS credentials",
    r"(.*/)?\.(netrc|git-credentials|pgpass)": "a file of passwords",
    r"(.*/)?\.docker/config\.json": "a file of passwords for registries",
    r"(.*/)?id_(rsa|dsa|ecdsa|ed25519)": "a private SSH key",
}
_SETTINGS = {
    r"(.*/)?\.env(\.(?!example$|sample$|template$)\w+)?": "a file of environment variables",
    r"(.*/)?\.git/config": "the history of the sources, with everything that was ever in them",
    r"(.*/)?\.envrc": "a file of environment variables",
}
_CONTENTS = {
    rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----\s+[A-Za-z0-9+/=:, -]{16}": "a private key",
    # An access key ID with a secret access key near it. AWS's documentation has keys that end in EXAMPLE.
    rb"\b(?:AKIA|ASIA)(?![A-Z0-9]{9}EXAMPLE)[A-Z2-7]{16}\b[\s\S]{0,300}?"
    rb"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])": "an AWS access key",
    rb"(?m)^//[^\s:]+(?::\d+)?/\S*:_(?:authToken|password)\s*=\s*(?!\$\{)\S{8}": "a token of an npm registry",
    rb"(?m)^\[[\w-]+\][^\[]{0,400}?^\s*password\s*[=:]\s*(?![$%])\S{8}": "a password",
}
_ONLY_IN = {"a token of an npm registry": ".npmrc", "a password": ".pypirc"}
_READ = 2 * MB
_COMPILED = (".pyc", ".so", ".pyd", ".zip", ".whl", ".gz", ".png", ".jpg", ".woff2")


def check_secrets(bundle: Bundle, distributions: Distributions) -> Iterator[Finding]:
    for member in bundle.files():
        path = member.path
        if path in distributions.owners:
            continue
        by_name = _by_name(path)
        by_content: list[Finding] = []
        if (by_name is None or by_name.severity != "error") and member.size <= _READ and not path.endswith(_COMPILED):
            by_content = list(_by_content(path, bundle.read(path)))
        if by_content:  # worse than a file of settings
            yield from by_content
        elif by_name is not None:
            yield by_name


def _by_name(path: str) -> Finding | None:
    for id, patterns in (("secret-file", _NAMES), ("secret-settings", _SETTINGS)):
        for pattern, what in patterns.items():
            if re.fullmatch(pattern, path):
                return finding(id, path, path=path, what=what)
    return None


def _by_content(path: str, content: bytes) -> Iterator[Finding]:
    for pattern, what in _CONTENTS.items():
        if what in _ONLY_IN and not path.endswith(_ONLY_IN[what]):
            continue
        match = re.search(pattern, content)
        if match is not None:
            line = content.count(b"\n", 0, match.start()) + 1
            yield finding("secret-text", path, path=path, what=what, line=line)
