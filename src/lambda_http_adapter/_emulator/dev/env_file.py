"""Files of environment variables."""

from __future__ import annotations

from pathlib import Path

from ...errors import ConfigurationError


def read_env_file(file: Path) -> dict[str, str]:
    """``NAME=value`` lines, ``export`` in front or not; quotes are taken off, comments and empty lines left out.

    Raises ConfigurationError.
    """
    try:
        lines = file.read_text().splitlines()
    except OSError as error:
        raise ConfigurationError(f"The file of environment variables can't be read: {error}.") from None
    variables: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if name.startswith("#") or not (name or equals):
            continue
        if not equals or not name.strip().isidentifier():
            raise ConfigurationError(f"{file}, line {number}: expected NAME=value, got {line!r}.")
        variables[name.strip()] = _unquoted(value.strip())
    return variables


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] in "'\"" and value[0] == value[-1]:
        return value[1:-1]
    return value.partition(" #")[0].strip()
