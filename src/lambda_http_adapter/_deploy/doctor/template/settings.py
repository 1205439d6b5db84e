"""What contradicts what in a template: the function's options, its time-outs, its front doors, its runtime."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from ...._values.config import load_config
from ....errors import ConfigurationError
from ...platform import MANAGED_RUNTIMES
from ..bundle.target import NEWEST
from ..catalogue import finding
from ..finding import Finding
from .front_door import FrontDoor, attribute, front_doors_of
from .function import Function
from .template import Template, mapping, mentions, sequence

_SOON = timedelta(days=180)
_ENOUGH_MEMORY = 512  # MB
_MANAGED_MEMORY = 2048
_WHOLE_CPU = 1769  # MB; https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
# What the client gets when the front door stops waiting.
_STATUS = {"REST API": "504", "HTTP API": "503", "load balancer": "504", "CloudFront distribution": "504"}
_OURS = ("LAMBDA_HTTP_ADAPTER_", "AWS_LWA_")


def check_runtime(function: Function, today: date) -> Iterator[Finding]:
    if function.runtime is None or function.runtime.startswith("provided"):
        return
    newest = f"python{NEWEST}"
    runtime = MANAGED_RUNTIMES.get(function.runtime.removeprefix("python"))
    if runtime is None:
        versions = ", ".join(f"python{version}" for version in MANAGED_RUNTIMES)
        yield finding("runtime-unsupported", function.name, runtime=function.runtime, wanted=versions, newest=newest)
    elif runtime.deprecated <= today:
        yield finding(
            "runtime-deprecated", function.name, runtime=function.runtime, date=runtime.deprecated, newest=newest
        )
    elif runtime.deprecated - today < _SOON:
        yield finding("runtime-ending", function.name, runtime=function.runtime, date=runtime.deprecated, newest=newest)


def check_options(function: Function, template: Template | None) -> Iterator[Finding]:
    """The variables that this package reads, as it reads them."""
    variables = {name: value for name, value in function.variables.items() if name.startswith(_OURS)}
    try:
        config = load_config({}, variables)
    except ConfigurationError as error:
        yield finding("option-refused", function.name, reason=str(error))
        return
    if template is None:
        return
    managed = "CapacityProviderConfig" in function.properties
    snapstart = mapping(function.properties.get("SnapStart")).get("ApplyOn") == "PublishedVersions"
    if config.async_init and (managed or snapstart):
        reason = "on Managed Instances" if managed else "with SnapStart"
        yield _ignored(function, variables, "ASYNC_INIT", reason)
    if config.processes != "auto" and not managed:
        yield _ignored(function, variables, "PROCESSES", "outside of Managed Instances")


def _ignored(function: Function, variables: Mapping[str, str], name: str, reason: str) -> Finding:
    variable = next(variable for variable in variables if variable.endswith(name))
    return finding("option-ignored", function.name, variable=variable, where_ignored=reason)


def check_memory(function: Function, template: Template) -> Iterator[Finding]:
    memory = template.number(function.properties.get("MemorySize"), 128)
    if memory is None:
        return
    if "CapacityProviderConfig" in function.properties:
        if memory < _MANAGED_MEMORY:
            yield finding("memory-managed", function.name, memory=memory)
    elif memory < _ENOUGH_MEMORY:
        share = round(100 * memory / _WHOLE_CPU)
        yield finding(
            "memory-small", function.name, memory=memory, share=share, times=round(_WHOLE_CPU / max(memory, 1))
        )


def check_front_doors(function: Function, template: Template, streams_in_code: bool) -> Iterator[Finding]:
    """``streams_in_code``: the app's own sources may set the invoke mode."""
    doors = list(front_doors_of(function, template))
    timeout = template.number(function.properties.get("Timeout"), 3)
    for door in doors:
        if timeout is not None and door.waits is not None and timeout > door.waits:
            yield _timeout(function, door, timeout, door.waits)
        yield from _check_binary(function, door, template)
        if door.kind == "load balancer":
            multi = attribute(door.properties.get("TargetGroupAttributes"), "lambda.multi_value_headers.enabled")
            if multi is None or template.text(multi) == "false":
                yield finding("single-value-headers", function.name, door=_title(door))
        is_open = door.kind == "Function URL" and template.text(door.properties.get("AuthType")) == "NONE"
        if is_open and "FunctionUrlConfig" not in function.properties:  # SAM grants both with the URL
            yield from _check_permissions(function, door, template)
    yield from _check_streams(function, doors, streams_in_code)
    yield from _check_mappings(function, doors, template)


def _title(door: FrontDoor) -> str:
    """At the start of a sentence."""
    return door.title[0].upper() + door.title[1:]


def _timeout(function: Function, door: FrontDoor, timeout: int, waits: int) -> Finding:
    return finding(
        "timeout-front-door",
        function.name,
        timeout=timeout,
        door=door.title,
        waits=waits,
        wanted=waits - 1,
        status=_STATUS[door.kind],
    )


def _check_binary(function: Function, door: FrontDoor, template: Template) -> Iterator[Finding]:
    """A REST API that streams sends bytes as they are."""
    if door.kind != "REST API" or door.streams or "DefinitionUri" in door.properties or "Body" in door.properties:
        return
    types = door.properties.get("BinaryMediaTypes", [])
    if not isinstance(types, list):
        return  # known in AWS only
    if not {"*/*", "*~1*"} & {template.text(one) for one in types}:
        yield finding("binary-media-types", function.name, door=_title(door))


def _check_streams(function: Function, doors: list[FrontDoor], streams_in_code: bool) -> Iterator[Finding]:
    streaming = [door for door in doors if door.streams]
    able = [door for door in doors if door.kind in ("Function URL", "REST API") and door.streams is False]
    try:
        mode = load_config({}, {name: value for name, value in function.variables.items() if "INVOKE_MODE" in name})
    except ConfigurationError:
        return  # check_options says why
    if mode.invoke_mode == "buffered" and not streams_in_code:
        for door in streaming:
            yield finding("stream-mode-unset", function.name, door=_title(door))
    if mode.invoke_mode == "response_stream":
        for door in able:
            change = (
                "Set InvokeMode to RESPONSE_STREAM"
                if door.kind == "Function URL"
                else "Set its transfer mode to STREAM"
            )
            yield finding("stream-mode-contradicts", function.name, door=door.title, change=change)


def _check_mappings(function: Function, doors: list[FrontDoor], template: Template) -> Iterator[Finding]:
    """The base path mappings of REST APIs, and the mappings of HTTP APIs."""
    names = {f"LAMBDA_HTTP_ADAPTER_{name}" for name in ("BASE_PATH", "ROOT_PATH")} | {"AWS_LWA_REMOVE_BASE_PATH"}
    if names & function.variables.keys():
        return
    for door in doors:
        if door.kind not in ("REST API", "HTTP API") or not door.resource:
            continue
        for path in sorted(_mapped_paths(door, template)):
            id = "base-path-unset" if door.kind == "REST API" else "root-path-unset"
            yield finding(id, function.name, door=_title(door), path=path)


def _mapped_paths(door: FrontDoor, template: Template) -> set[str]:
    keys = []
    for _, properties in template.of_type("AWS::ApiGateway::BasePathMapping", "AWS::ApiGateway::BasePathMappingV2"):
        if mentions(properties.get("RestApiId"), door.resource):
            keys.append(properties.get("BasePath"))
    for _, properties in template.of_type("AWS::ApiGatewayV2::ApiMapping"):
        if mentions(properties.get("ApiId"), door.resource):
            keys.append(properties.get("ApiMappingKey"))
    keys += sequence(mapping(door.properties.get("Domain")).get("BasePath"))
    paths = {posixpath.join("/", text) for text in map(template.text, keys) if text}
    return paths - {"/", "/(none)"}


# https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
_PERMISSIONS = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")


def _check_permissions(function: Function, door: FrontDoor, template: Template) -> Iterator[Finding]:
    granted = {
        template.text(properties.get("Action"))
        for _, properties in template.of_type("AWS::Lambda::Permission")
        if mentions(properties.get("FunctionName"), function.name) and template.text(properties.get("Principal")) == "*"
    }
    for action in _PERMISSIONS:
        if action not in granted:
            yield finding("url-permission", function.name, door=_title(door), action=action)
