"""A text file that a person names."""

from __future__ import annotations

from pathlib import Path

from ..errors import ConfigurationError


def read_text(file: Path, role: str = "", encoding: str = "utf-8") -> str:
    """What is in ``file``. ``role`` says what it is for, such as ``the template``. Raises ConfigurationError."""
    name = f"{str(file)!r}, {role}," if role else f"{str(file)!r}"
    try:
        return file.read_text(encoding)
    except OSError as error:
        raise ConfigurationError(f"{name} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{name} is not UTF-8 text.") from None
