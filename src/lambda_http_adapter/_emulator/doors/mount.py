"""The place of an API Gateway API in the client's URL: a stage on its own domain, a mapping on a custom domain."""

from __future__ import annotations

from typing import NamedTuple

from .client import ClientRequest

EXECUTE_API = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"


class Mount(NamedTuple):
    """``path`` is the client's path without the stage, ``resource`` without the API mapping either."""

    domain: str
    stage: str
    path: str
    resource: str


def mount_of(
    request: ClientRequest, stage: str | None, base_path: str, domain_name: str, *, rest: bool = False
) -> Mount:
    """Raises ValueError for a path outside the stage or the mapping."""
    # A REST API always has a stage. If the client's URL shows none, the request came through a custom domain.
    on_custom_domain = base_path or (rest and stage is None)
    domain = domain_name or host_name(request.host) or ("api.example.com" if on_custom_domain else EXECUTE_API)
    path = request.path
    if stage not in (None, "$default") and _is_execute_api(domain):
        path = _path_below(f"/{stage}", path)
    return Mount(domain, stage or ("prod" if rest else "$default"), path, _path_below(base_path, path))


def host_name(host: str) -> str:
    """``host`` without a port and without the brackets of an IPv6 address."""
    name, _, port = host.rpartition(":")
    return (name if name and port.isdecimal() else host).strip("[]")


def api_fields(mount: Mount) -> dict[str, str]:
    """The fields of a requestContext that identify the API."""
    prefix = mount.domain.partition(".")[0]
    # A private API is also called at {api}-{endpoint}, and at the VPC endpoint's own name.
    names_api = _is_execute_api(mount.domain) and not prefix.startswith("vpce-")
    api = prefix.partition("-vpce-")[0] if names_api else EXECUTE_API.partition(".")[0]
    return {"apiId": api, "domainName": mount.domain, "domainPrefix": prefix, "stage": mount.stage}


def _is_execute_api(domain: str) -> bool:
    return ".execute-api." in domain


def _path_below(prefix: str, path: str) -> str:
    rest = path.removeprefix(prefix)
    if not path.startswith(prefix) or rest[:1] not in ("", "/"):
        raise ValueError(f"Expected a path below {prefix!r}, got {path!r}: for others this API sends no event.")
    return rest
