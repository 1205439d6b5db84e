"""The entrance that the options of ``dev`` describe."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..._apps.discovery import named_app
from ..._apps.importer import require_module
from ...errors import ConfigurationError
from ...origins import RequestOrigin
from ..doors.caller import Caller, require_carried, with_caller
from ..doors.client import ClientRequest
from ..doors.cors import read_cors
from ..doors.door import DOORS, Door
from ..doors.lambda_authorizer import AUTHORIZATION, Payload, payloads_of
from ..sandbox.function import FunctionSettings, run_command
from ..sandbox.pool import Pool
from .authorizer_log import AuthorizerLog
from .authorizers import Authorizer, FixedAuthorizer, LambdaAuthorizer, TokenAuthorizer
from .caller_options import API_GATEWAY, AUTHORIZERS, NamedAuthorizer
from .domains import Domains, parse_mapping
from .entrance import Entrance
from .json_files import read_json, read_json_object

if TYPE_CHECKING:
    from .authorizers import Kind
    from .certificate import Certificate
    from .terminal import TerminalLog

_CORS = ("function-url", "http-api", "http-api-v1")
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
_REST_TIMEOUT = 29.0  # seconds
_HTTP_API_TIMEOUT = 10.0


def entrance_of(options: argparse.Namespace, door: Door, settings: FunctionSettings, log: TerminalLog) -> Entrance:
    """``settings``: the function's, which a Lambda authorizer shares apart from its command.

    Raises ConfigurationError for what ``door`` doesn't have.
    """
    caller = _caller(options, door)
    authorizer = _made_authorizer(options, door, settings, log)
    cors = None
    if options.cors is not None:
        _require_fitting("--cors", "CORS configuration", options.origin, _CORS)
        cors = read_cors(read_json(options.cors, "--cors"), door)
    return Entrance(door, caller, authorizer, cors, domains_of(options, door), options.host)


def domains_of(options: argparse.Namespace, door: Door) -> Domains:
    if options.domain:
        _require_fitting("--domain", "API mappings", options.origin, API_GATEWAY)
    if options.domain and options.base_path:
        raise ConfigurationError("--base-path is the mapping of any domain: write --domain NAME=PATH instead of it.")
    return Domains(door, [parse_mapping(text) for text in options.domain])


def only_mapping(options: argparse.Namespace) -> str:
    """The path that all requests on custom domains have in front, or "": it becomes the app's ``base_path``."""
    paths = {parse_mapping(text).path for text in options.domain} - {""}
    return paths.pop() if len(paths) == 1 else ""


def _caller(options: argparse.Namespace, door: Door) -> Caller:
    context = None
    if options.request_context is not None:
        context = read_json_object(options.request_context, "--request-context")
    variables = None
    if options.stage_variables is not None:
        variables = _stage_variables(options.stage_variables)
    caller = Caller(request_context=context, stage_variables=variables, tenant_id=options.tenant_id)
    for option, alone in (
        ("--request-context", Caller(request_context=context)),
        ("--stage-variables", Caller(stage_variables=variables)),
        ("--tenant-id", Caller(tenant_id=options.tenant_id)),
    ):
        try:
            require_carried(door, alone)
        except ConfigurationError:
            doors = _doors_that_carry(alone)
            raise ConfigurationError(f"{options.origin} has no place for {option}; these have: {doors}.") from None
    return caller


def _doors_that_carry(caller: Caller) -> str:
    return ", ".join(name for name, door in DOORS.items() if _carries(door, caller))


def _carries(door: Door, caller: Caller) -> bool:
    try:
        require_carried(door, caller)
    except ConfigurationError:
        return False
    return True


# https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html
_VARIABLE = re.compile(r"[A-Za-z0-9_]+")
_VALUE = re.compile(r"[A-Za-z0-9\-._~:/?#&=,]*")


def _stage_variables(text: str) -> Mapping[str, str]:
    """``text`` is a list of pairs, or a file. Raises ConfigurationError."""
    if "=" in text:
        variables: Mapping[str, object] = dict(map(_pair, text.split(",")))
    else:
        variables = read_json_object(Path(text), "--stage-variables")
    for name, value in variables.items():
        if not _VARIABLE.fullmatch(name):
            raise ConfigurationError(
                f"--stage-variables: a name has letters, digits and underscores in API Gateway, got {name!r}."
            )
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise ConfigurationError(
                f"--stage-variables: a value has letters, digits and -._~:/?#&=, in API Gateway, got {value!r}."
            )
    return cast("dict[str, str]", variables)


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise ConfigurationError(
            f"--stage-variables: expected NAME=value, got {text!r}; a value with a comma needs a JSON file."
        )
    return name.strip(), value


# The authorizer


def _made_authorizer(
    options: argparse.Namespace, door: Door, settings: FunctionSettings, log: TerminalLog
) -> Authorizer | None:
    chosen: NamedAuthorizer | None = options.authorizer
    if chosen is None:
        _require_authorizer("--claims", options.claims, "--authorizer jwt, cognito or iam")
    if chosen is None or chosen.kind != "lambda":
        for option in ("authorizer_payload", "identity_source"):
            name = f"--{option.replace('_', '-')}"
            _require_authorizer(name, getattr(options, option), "--authorizer lambda=module:function")
    if chosen is None:
        return None
    _require_fitting("--authorizer", f"authorizer {chosen.kind!r}", options.origin, AUTHORIZERS[chosen.kind])
    if chosen.kind == "lambda":
        _require_authorizer("--claims", options.claims, "--authorizer jwt, cognito or iam")
        return _lambda_authorizer(options, door, settings, log)
    if options.claims is None:
        return TokenAuthorizer() if chosen.kind in ("jwt", "cognito") else FixedAuthorizer("iam", {})
    content = read_json_object(options.claims, "--claims")
    if chosen.kind == "iam":
        return _fixed("iam", content, door)
    return _fixed("jwt", {"claims": content}, door)


def _require_authorizer(option: str, value: object, needed: str) -> None:
    if value is not None:
        raise ConfigurationError(f"{option} needs {needed}.")


def _fixed(kind: Kind, content: Mapping[str, object], door: Door) -> FixedAuthorizer:
    """Raises ConfigurationError if ``door`` can't write it, before the first request does."""
    with_caller(door.event(ClientRequest(path=f"{door.mount}/")), door, Caller(authorizer={kind: content}))
    return FixedAuthorizer(kind, content)


def _lambda_authorizer(
    options: argparse.Namespace, door: Door, settings: FunctionSettings, log: TerminalLog
) -> LambdaAuthorizer:
    payloads = payloads_of(door)
    payload: Payload = options.authorizer_payload or payloads[0]
    if payload not in payloads:
        raise ConfigurationError(f"--authorizer-payload {payload}: {door.label} has {' and '.join(payloads)}.")
    identity = AUTHORIZATION if options.identity_source is None else options.identity_source
    if payload == "token" and [source.place for source in identity] != ["header"]:
        raise ConfigurationError("--authorizer-payload token needs one header as --identity-source.")
    timeout: float | None = _REST_TIMEOUT if door.is_rest_api else _HTTP_API_TIMEOUT
    if options.no_timeout:
        timeout = None
    pool = Pool(authorizer_settings(options, settings), options.concurrency, options.cold, AuthorizerLog(log))
    return LambdaAuthorizer(pool, payload, identity, timeout)


def authorizer_settings(options: argparse.Namespace, settings: FunctionSettings) -> FunctionSettings:
    """Of a Lambda authorizer. ``settings``: the function's. Raises ConfigurationError."""
    function = named_app(options.authorizer.function, factory=False, app_dir=options.app_dir)
    require_module(function)
    if function.count(":") < 2:  # it doesn't say yet that it is a handler; a module may have that name
        function = f"handler:{function}"
    environment = {name: value for name, value in settings.environment.items() if not name.startswith(_OF_THE_APP)}
    environment |= {
        "AWS_LAMBDA_FUNCTION_NAME": "authorizer",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "_HANDLER": function,
    }
    return FunctionSettings(run_command(function, options.app_dir), environment, settings.directory, settings.timeout)


_OF_THE_APP = ("AWS_LAMBDA_MAX_CONCURRENCY", "LAMBDA_HTTP_ADAPTER_")


def _require_fitting(option: str, what: str, origin: str, fitting: Sequence[str]) -> None:
    if origin not in fitting:
        raise ConfigurationError(f"{option}: {origin} has no {what}; these have: {', '.join(fitting)}.")


# What is said at start


def notices(options: argparse.Namespace, door: Door, url: str, certificate: Certificate | None) -> list[str]:
    """Sentences about what isn't as on AWS, and about how to reach the API. ``url``: the server's."""
    said: list[str] = []
    chosen: NamedAuthorizer | None = options.authorizer
    if chosen is not None and chosen.kind in ("jwt", "cognito") and options.claims is None:
        said.append("The signatures of tokens aren't verified.")
    if chosen is not None and chosen.kind == "iam":
        said.append("Every request counts as signed: signatures aren't verified.")
    if chosen is not None and options.cors is not None and door.origin is not RequestOrigin.function_url:
        said.append(
            "Preflights are answered without authorization. On AWS a route $default with an authorizer authorizes them "
            "too, unless there is a route OPTIONS /{proxy+} without one."
        )
    _, _, port = url.rpartition(":")
    scheme, _, _ = url.partition(":")
    mappings = [parse_mapping(text) for text in options.domain]
    said += [f"Also at {scheme}://{mapping.domain}:{port}{mapping.path}/" for mapping in mappings]
    if certificate is not None:
        said.append(certificate.notice)
    return said
