"""A handler that answers with the event it got, and Lambda authorizers for it."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from lambda_http_adapter import LambdaContext

Event = dict[str, Any]


def handler(event: Event, context: LambdaContext) -> Event:
    """Each front door finds the result in one of the two forms."""
    if "Records" in event:
        return {"status": "200", "body": json.dumps({"event": event})}
    headers = {"content-type": "application/json", "access-control-allow-origin": "https://from.the.function"}
    body = json.dumps({"event": event, "tenant": context.tenant_id})
    if "multiValueHeaders" in event and "elb" in event["requestContext"]:
        return {"statusCode": 200, "multiValueHeaders": {"content-type": ["application/json"]}, "body": body}
    return {"statusCode": 200, "headers": headers, "body": body}


def authorizer(event: Event, context: LambdaContext) -> Event | None:
    """What it does is what the token says; its context is the event it got."""
    headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
    token = event.get("authorizationToken") or headers.get("authorization")
    arn = event.get("methodArn") or event["routeArn"]
    match token:
        case "unauthorized":
            raise Exception("Unauthorized")
        case "error":
            raise ValueError("no such luck")
        case "hang":
            time.sleep(60)
        case "crash":
            os._exit(3)
        case "nothing":
            return None
        case "simple":
            return {"isAuthorized": True, "context": {"level": 3, "roles": ["a"]}}
        case "simply no":
            return {"isAuthorized": False}
        case "nested":
            return _policy("Allow", "*", context={"roles": ["a"]})
        case "other method":
            return _policy("Allow", arn.replace("/GET/", "/POST/"))
        case "Deny":
            return _policy("Deny", arn)
    return _policy("Allow", f"{arn.partition('/')[0]}/*", context={"event": json.dumps(event), "pid": os.getpid()})


def _policy(effect: str, resource: str, context: Event | None = None) -> Event:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "user-7", "policyDocument": policy, "context": context}
