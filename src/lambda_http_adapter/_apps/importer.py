"""Import strings and the kind of app that each leads to.

main:app · main.app            an attribute of a module
src/main.py:app · src/main.py  an attribute of a file; without one, the first usual name in it
main:create_app()              what a factory returns; without the parentheses, a factory is recognised by its signature
asgi:main:app                  the same, and the kind of the app
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from .kind import AppKind, HandlerNotFoundError, app_kind, called_kind, is_factory, required_parameters, with_article
from .signature import inspect_signature

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec


def entry_point(environ: Mapping[str, str]) -> str:
    """The import string in Lambda's environment variables; "" if there is none."""
    return environ.get("AWS_LAMBDA_PYTHON_ENTRYPOINT") or environ.get("_HANDLER") or ""


def load_app(string: str) -> tuple[object, AppKind]:
    """The app or handler that ``string`` names, and what it is called with.

    Raises HandlerNotFoundError, and whatever the app's module raises when it is imported.
    """
    kind, name = split_kind(string)
    app = _resolve(name.removesuffix("()"))
    if name.endswith("()"):
        app = _product(app, string)
    elif kind is not AppKind.handler and is_factory(app):
        app = _product(app, string)
        if called_kind(app) is None:
            raise HandlerNotFoundError(
                f"{string!r} requires no argument, so it was called as a factory; it returned {with_article(app)}, not "
                f"an app. If it is a handler, say so: 'handler:{name}'."
            )
    if not callable(app) and not callable(getattr(app, "invoke", None)):
        raise HandlerNotFoundError(f"{string!r} is {with_article(app)}, not an app or a handler.")
    return app, kind or app_kind(app, string)


def _product(factory: object, string: str) -> object:
    """What a factory returns."""
    if not callable(factory):
        raise HandlerNotFoundError(f"{string!r} calls {with_article(factory)}, which is not a factory.")
    if inspect.iscoroutinefunction(factory):
        raise HandlerNotFoundError(f"{string!r} calls a coroutine function; a factory is a plain `def`.")
    try:
        inspect_signature(factory).bind()
    except ValueError:
        pass  # it has no signature
    except TypeError as error:
        raise HandlerNotFoundError(f"{string!r} is called without arguments, and there is a {error}.") from None
    return factory()


def split_kind(string: str) -> tuple[AppKind | None, str]:
    """The prefix of ``asgi:main:app``, and the rest. ``asgi:app`` has none: ``asgi`` is a module there."""
    prefix, _, rest = string.partition(":")
    if prefix in AppKind.__members__ and (":" in rest or "." in rest):
        return AppKind(prefix), rest
    return None, string


# From a string to an object


def require_module(string: str) -> None:
    """Raises HandlerNotFoundError if there is no such module or file. Nothing is imported."""
    _, name = split_kind(string)
    module_name, _ = _split(name.removesuffix("()"))
    _search_working_directory()
    parts = module_name.split(".")
    path: Sequence[str] | None = None
    for end in range(1, len(parts) + 1):
        package = ".".join(parts[:end])
        spec = _find_spec(package, path) if end == 1 or path else None
        if spec is None:
            raise _no_module(package)
        path = spec.submodule_search_locations


def _find_spec(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    # importlib.util.find_spec would import the packages around the module.
    for finder in sys.meta_path:
        spec = finder.find_spec(name, path)
        if spec is not None:
            return spec
    return None


def _resolve(string: str) -> object:
    module_name, path = _split(string)
    _search_working_directory()
    target: object = _import(module_name)
    owner = module_name
    for attribute in (path or _usual_name(target, string)).split("."):
        if not hasattr(target, attribute):
            raise HandlerNotFoundError(f"{owner!r} has no attribute {attribute!r}.{_suggestion(target, attribute)}")
        target = getattr(target, attribute)
        owner = f"{owner}.{attribute}"
    return target


def _split(string: str) -> tuple[str, str]:
    """The module and the attribute of ``main:app`` or ``main.app``. That of a file may be missing: ``src/main.py``."""
    module_name, path = split_name(string)
    if module_name.endswith(".py") and (path or module_name == string):
        if not os.path.isfile(module_name):
            raise _no_file(module_name)
        directory, module_name = module_of_file(module_name)
        search_first(directory)
        return module_name, path
    if not module_name or not path or module_name.startswith(".") or "/" in module_name:
        raise HandlerNotFoundError(f"{string!r} is not an import string; expected module:attribute, such as main:app.")
    return module_name, path


def split_name(name: str) -> tuple[str, str]:
    """What stands for the module, or the file, and for the attribute; each is "" if it is missing."""
    if ":" in name:
        module_name, _, path = name.partition(":")
    elif name.endswith(".py"):
        module_name, path = name, ""
    else:
        module_name, _, path = name.rpartition(".")
    return module_name, path


def _no_file(file: str) -> HandlerNotFoundError:
    directory, name = os.path.split(file)
    names = os.listdir(directory or ".") if os.path.isdir(directory or ".") else []
    match = near_match(name, [name for name in names if name.endswith(".py")])
    return HandlerNotFoundError(f"There is no file {file!r} in {os.getcwd()}.{match}")


def module_of_file(file: str) -> tuple[str, str]:
    """The directory around the file's packages, and the name that its module is imported by from there."""
    directory, name = os.path.split(os.path.abspath(file))
    parts = [] if name == "__init__.py" else [name.removesuffix(".py")]
    while os.path.isfile(os.path.join(directory, "__init__.py")):
        directory, package = os.path.split(directory)
        parts.insert(0, package)
    return directory, ".".join(parts)


def search_first(directory: str) -> None:
    """Import from this directory, then from where Python would."""
    _search_working_directory()
    if sys.path[0] != directory:
        sys.path.insert(0, directory)


def _search_working_directory() -> None:
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())


def _import(name: str) -> object:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # Missing is either this module, or a package above it, or a module that it imports: that is the app's error.
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise _no_module(error.name) from None


def _no_module(name: str) -> HandlerNotFoundError:
    from pkgutil import iter_modules

    package, _, last = name.rpartition(".")
    directories = [os.path.join(entry, *package.split(".")) for entry in (os.getcwd(), sys.path[0])]
    match = near_match(last, [module.name for module in iter_modules(directories)])
    return HandlerNotFoundError(f"There is no module {name!r} in {os.getcwd()} or on sys.path.{match}")


def near_match(name: str, names: Iterable[str]) -> str:
    """The name that is meant, as a sentence; "" without one."""
    from difflib import get_close_matches

    matches = get_close_matches(name, list(names), n=1)
    return f" Did you mean {matches[0]!r}?" if matches else ""


USUAL_NAMES = ("app", "api", "application", "create_app", "make_app", "handler")
"""Of an app in its module, for strings that name none."""


def _usual_name(module: object, string: str) -> str:
    for name in USUAL_NAMES:
        if hasattr(module, name):
            return name
    raise HandlerNotFoundError(
        f"There is no {', '.join(USUAL_NAMES[:-1])} or {USUAL_NAMES[-1]} in {string!r}. Name the app, such as "
        f"{string}:name.{_suggestion(module)}"
    )


def _suggestion(module: object, name: str = "") -> str:
    """The public attributes that may be apps, else the one with nearly this name, as a sentence; "" without any."""
    public = {name: value for name, value in getattr(module, "__dict__", {}).items() if not name.startswith("_")}
    apps = [repr(name) for name, value in public.items() if callable(value) and _looks_like_an_app(value)]
    return f" There is {' and '.join(apps)}." if apps else near_match(name, public)


def _looks_like_an_app(value: object) -> bool:
    """Whether an object is called as WSGI or ASGI apps are. Classes and functions don't count: most aren't apps."""
    return not inspect.isclass(value) and not inspect.isroutine(value) and required_parameters(value) in (2, 3)
