"""Where an API of API Gateway hangs: on a stage of its own domain, or by a mapping on somebody's."""

from __future__ import annotations

from typing import NamedTuple

from .client import ClientRequest

EXECUTE_API = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"


class Mount(NamedTuple):
    """``path`` is the client's without the stage, ``resource`` without the mapping too."""

    domain: str
    stage: str
    path: str
    resource: str


def mount_of(
    request: ClientRequest, stage: str | None, base_path: str, domain_name: str, *, rest: bool = False
) -> Mount:
    # A REST API always has a stage. Where the client's URL shows none, it came through a custom domain.
    custom = base_path or (rest and stage is None)
    domain = domain_name or host_name(request.host) or ("api.example.com" if custom else EXECUTE_API)
    path = request.path
    if stage not in (None, "$default") and ".execute-api." in domain:
        path = _below(f"/{stage}", path)
    return Mount(domain, stage or ("prod" if rest else "$default"), path, _below(base_path, path))


def host_name(host: str) -> str:
    name, _, port = host.rpartition(":")
    return (name if name and port.isdecimal() else host).strip("[]")


def _below(prefix: str, path: str) -> str:
    rest = path.removeprefix(prefix)
    if not path.startswith(prefix) or rest[:1] not in ("", "/"):
        raise ValueError(f"Expected a path below {prefix!r}, got {path!r}: for others this API sends no event.")
    return rest


def api_of(mount: Mount) -> dict[str, str]:
    prefix = mount.domain.partition(".")[0]
    api_id = prefix if ".execute-api." in mount.domain else EXECUTE_API.partition(".")[0]
    return {"apiId": api_id, "domainName": mount.domain, "domainPrefix": prefix, "stage": mount.stage}
