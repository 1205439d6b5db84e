"""The front doors of a function in a template: what waits for its response, and how it reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from .function import Function
from .template import Template, mapping, mentions, sequence

_Kind = Literal["Function URL", "REST API", "HTTP API", "load balancer", "CloudFront distribution"]


class FrontDoor(NamedTuple):
    """``waits``: how many seconds for a response, None if that isn't known or has no limit of its own. ``streams``:
    None if its template doesn't tell. ``resource`` is the name of the API, URL or target group in the template, "" of
    an API that SAM makes by itself."""

    kind: _Kind
    resource: str
    streams: bool | None
    waits: int | None
    properties: Mapping[str, Any]

    @property
    def title(self) -> str:
        return f"the {self.kind} {self.resource!r}" if self.resource else f"the {self.kind}"


def front_doors_of(function: Function, template: Template) -> Iterator[FrontDoor]:
    yield from _urls(function, template)
    yield from _sam_apis(function, template)
    yield from _rest_methods(function, template)
    yield from _http_integrations(function, template)
    yield from _target_groups(function, template)
    yield from _distributions(function, template)


def _urls(function: Function, template: Template) -> Iterator[FrontDoor]:
    configured = function.properties.get("FunctionUrlConfig")
    if isinstance(configured, dict):
        yield _url(f"{function.name}Url", configured, template)
    for name, properties in template.of_type("AWS::Lambda::Url"):
        if mentions(properties.get("TargetFunctionArn"), function.name):
            yield _url(name, properties, template)


def _url(name: str, properties: Mapping[str, Any], template: Template) -> FrontDoor:
    mode = properties.get("InvokeMode", "BUFFERED")
    text = template.text(mode)
    return FrontDoor("Function URL", name, None if text is None else text == "RESPONSE_STREAM", None, properties)


def _sam_apis(function: Function, template: Template) -> Iterator[FrontDoor]:
    """The APIs of a SAM function's events, each once."""
    seen = set()
    for event in mapping(function.properties.get("Events")).values():
        properties = mapping(mapping(event).get("Properties"))
        kind = mapping(event).get("Type")
        if kind not in ("Api", "HttpApi"):
            continue
        api = str(mapping(properties.get("RestApiId") or properties.get("ApiId")).get("Ref", ""))
        if (kind, api) in seen:
            continue
        seen.add((kind, api))
        made = {
            **mapping(template.defaults.get(kind)),
            **mapping(mapping(template.resources.get(api)).get("Properties")),
        }
        if kind == "Api":
            # SAM's word is RESPONSE_STREAM, API Gateway's STREAM.
            streams = str(template.text(properties.get("ResponseTransferMode"))).endswith("STREAM")
            waits = _milliseconds(properties.get("TimeoutInMillis"), 29, template)
            yield FrontDoor("REST API", api, streams, None if streams else waits, made)
        else:
            yield FrontDoor(
                "HTTP API", api, False, _milliseconds(properties.get("TimeoutInMillis"), 30, template), made
            )


def _rest_methods(function: Function, template: Template) -> Iterator[FrontDoor]:
    seen = set()
    for name, method in template.of_type("AWS::ApiGateway::Method"):
        integration = mapping(method.get("Integration"))
        if not mentions(integration.get("Uri"), function.name):
            continue
        api = str(mapping(method.get("RestApiId")).get("Ref", name))
        streams = template.text(integration.get("ResponseTransferMode", "BUFFERED")) == "STREAM"
        if (api, streams) in seen:
            continue
        seen.add((api, streams))
        made = mapping(mapping(template.resources.get(api)).get("Properties"))
        waits = None if streams else _milliseconds(integration.get("TimeoutInMillis"), 29, template)
        yield FrontDoor("REST API", api, streams, waits, made)


def _http_integrations(function: Function, template: Template) -> Iterator[FrontDoor]:
    for name, integration in template.of_type("AWS::ApiGatewayV2::Integration"):
        api = str(mapping(integration.get("ApiId")).get("Ref", name))
        made = mapping(mapping(template.resources.get(api)).get("Properties"))
        if made.get("ProtocolType") == "HTTP" and mentions(integration.get("IntegrationUri"), function.name):
            waits = _milliseconds(integration.get("TimeoutInMillis"), 30, template)
            yield FrontDoor("HTTP API", api, False, waits, made)


def _target_groups(function: Function, template: Template) -> Iterator[FrontDoor]:
    for name, properties in template.of_type("AWS::ElasticLoadBalancingV2::TargetGroup"):
        if properties.get("TargetType") == "lambda" and mentions(properties.get("Targets"), function.name):
            yield FrontDoor("load balancer", name, False, _idle_timeout(template), properties)


def _idle_timeout(template: Template) -> int | None:
    """The load balancer's own, if there is one. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"""
    balancers = [properties for _, properties in template.of_type("AWS::ElasticLoadBalancingV2::LoadBalancer")]
    if len(balancers) != 1:
        return 60
    return template.number(attribute(balancers[0].get("LoadBalancerAttributes"), "idle_timeout.timeout_seconds"), 60)


def attribute(attributes: object, key: str) -> object:
    """The value of a load balancer's or a target group's attribute; None if it isn't set."""
    for one in sequence(attributes):
        if mapping(one).get("Key") == key:
            return mapping(one).get("Value")
    return None


def _distributions(function: Function, template: Template) -> Iterator[FrontDoor]:
    """CloudFront waits for the first byte, and then for each further one: a stream may take longer."""
    urls = [door for door in _urls(function, template) if not door.streams]
    for name, properties in template.of_type("AWS::CloudFront::Distribution"):
        for origin in sequence(mapping(properties.get("DistributionConfig")).get("Origins")):
            if any(mentions(mapping(origin).get("DomainName"), url.resource) for url in urls):
                custom = mapping(mapping(origin).get("CustomOriginConfig"))
                waits = template.number(custom.get("OriginReadTimeout"), 30)
                yield FrontDoor("CloudFront distribution", name, None, waits, properties)


def _milliseconds(value: object, default: int, template: Template) -> int | None:
    number = template.number(value, default * 1000)
    return None if number is None else number // 1000
