"""The JSON files that options name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from ...errors import ConfigurationError


def read_json(file: Path, option: str) -> object:
    """The value in ``file``, which ``option`` names. Raises ConfigurationError."""
    try:
        return json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{str(file)!r}, the {option}, can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{str(file)!r}, the {option}, is not UTF-8 text.") from None
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{str(file)!r}, the {option}, is not JSON: {error}.") from None


def read_json_object(file: Path, option: str) -> dict[str, object]:
    """The same for a file that has to contain an object."""
    value = read_json(file, option)
    if not isinstance(value, dict):
        raise ConfigurationError(f"{str(file)!r}, the {option}, is not a JSON object.")
    return cast("dict[str, object]", value)
