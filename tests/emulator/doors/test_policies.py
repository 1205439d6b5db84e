"""The policy of a Lambda authorizer, evaluated as IAM does."""

import pytest

from lambda_http_adapter._emulator.doors.policies import Effect, PolicyError, evaluate

ARN = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/GET/items/7"
API = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5"
INVOKE = "execute-api:Invoke"


def allow(resource: object, action: object = INVOKE, **fields: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **fields}


def deny(resource: object, action: object = INVOKE) -> dict[str, object]:
    return {"Effect": "Deny", "Action": action, "Resource": resource}


@pytest.mark.parametrize(
    ("statements", "effect"),
    [
        ([allow(ARN)], Effect.allow),
        (allow(ARN), Effect.allow),
        ([allow("*")], Effect.allow),
        ([allow(f"{API}/*")], Effect.allow),
        ([allow(f"{API}/*/GET/*")], Effect.allow),
        ([allow(f"{API}/prod/GET/items/?")], Effect.allow),
        ([allow([f"{API}/prod/POST/*", ARN])], Effect.allow),
        ([allow(ARN, "execute-api:*")], Effect.allow),
        ([allow(ARN, "EXECUTE-API:invoke")], Effect.allow),
        ([allow(ARN, ["execute-api:InvalidateCache", "*"])], Effect.allow),
        ([{"Effect": "Allow", "NotAction": "s3:*", "NotResource": f"{API}/prod/POST/*"}], Effect.allow),
        ([allow("*"), deny(ARN)], Effect.explicit_deny),
        ([deny("*"), allow(ARN)], Effect.explicit_deny),
        ([{"Effect": "Deny", "Action": "*", "NotResource": f"{API}/prod/POST/*"}], Effect.explicit_deny),
        ([], Effect.implicit_deny),
        ([allow(f"{API}/prod/GET/items/??")], Effect.implicit_deny),
        ([allow(ARN[:-1])], Effect.implicit_deny),
        ([allow(ARN.lower().replace("get", "GET").replace("prod", "Prod"))], Effect.implicit_deny),
        ([allow(f"{API}/prod/[A-Z]*/items/7")], Effect.implicit_deny),
        ([allow(f"{API}/prod/GE./items/7")], Effect.implicit_deny),
        ([allow(ARN, "execute-api:ManageConnections")], Effect.implicit_deny),
        ([allow("*"), deny("*", "s3:*")], Effect.allow),
        ([{"Effect": "Allow", "Action": "*", "NotResource": ARN}], Effect.implicit_deny),
        ([allow(ARN, Condition={})], Effect.allow),
    ],
    ids=str,
)
def test_a_policy(statements: object, effect: Effect) -> None:
    assert evaluate({"Version": "2012-10-17", "Statement": statements}, ARN) is effect


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        (None, "expected an object as policyDocument, got None"),
        ([], r"expected an object as policyDocument, got \[\]"),
        ({}, "expected an object as a Statement of the policy, got None"),
        ({"Statement": ["Allow"]}, "expected an object as a Statement of the policy, got 'Allow'"),
        ({"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}, "expected Allow or Deny as Effect"),
        (
            {"Statement": {"Effect": "Allow", "Resource": "*"}},
            "expected a string or a list of strings as Action, got None",
        ),
        ({"Statement": allow([])}, r"expected a string or a list of strings as Resource, got \[\]"),
        ({"Statement": allow([7])}, r"expected a string or a list of strings as Resource, got \[7\]"),
        ({"Statement": allow("*", Condition={"IpAddress": {}})}, "the emulator doesn't evaluate a Condition"),
    ],
    ids=str,
)
def test_a_policy_that_cannot_be_read(policy: object, problem: str) -> None:
    with pytest.raises(PolicyError, match=f"^{problem}"):
        evaluate(policy, ARN)
