"""The IAM policy that a Lambda authorizer returns, evaluated for one method of an API.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import cast

INVOKE = "execute-api:Invoke"


class PolicyError(Exception):
    """API Gateway can't read the policy, or the emulator can't evaluate it."""


class Effect(Enum):
    allow = auto()
    explicit_deny = auto()
    implicit_deny = auto()
    """No statement is about the method."""


def evaluate(policy: object, arn: str) -> Effect:
    """Whether ``policy`` allows to invoke the method ``arn``: one Deny outweighs every Allow. Raises PolicyError."""
    if not isinstance(policy, Mapping):
        raise PolicyError(f"expected an object as policyDocument, got {policy!r}")
    effects = {_effect(statement) for statement in _statements(policy) if _is_about(statement, arn)}
    if "Deny" in effects:
        return Effect.explicit_deny
    return Effect.allow if effects else Effect.implicit_deny


def _statements(policy: Mapping[str, object]) -> list[Mapping[str, object]]:
    """One statement may stand without a list."""
    value = policy.get("Statement")
    statements: list[object] = value if isinstance(value, list) else [value]
    for statement in statements:
        if not isinstance(statement, Mapping):
            raise PolicyError(f"expected an object as a Statement of the policy, got {statement!r}")
    return cast("list[Mapping[str, object]]", statements)


def _effect(statement: Mapping[str, object]) -> object:
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"expected Allow or Deny as Effect, got {effect!r}")
    return effect


def _is_about(statement: Mapping[str, object], arn: str) -> bool:
    if statement.get("Condition"):
        raise PolicyError("the emulator doesn't evaluate a Condition")
    is_action = _matches(statement, "Action", INVOKE, re.IGNORECASE)
    is_resource = _matches(statement, "Resource", arn, re.NOFLAG)
    return is_action and is_resource


def _matches(statement: Mapping[str, object], name: str, value: str, flags: re.RegexFlag) -> bool:
    """Whether one of the patterns in ``name`` matches, or none of those in its opposite, such as NotAction."""
    if name in statement:
        return any(_is_match(pattern, value, flags) for pattern in _patterns(statement, name))
    return not any(_is_match(pattern, value, flags) for pattern in _patterns(statement, f"Not{name}"))


def _patterns(statement: Mapping[str, object], name: str) -> list[str]:
    value = statement.get(name)
    patterns: list[object] = value if isinstance(value, list) else [value]
    if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
        raise PolicyError(f"expected a string or a list of strings as {name.removeprefix('Not')}, got {value!r}")
    return cast("list[str]", patterns)


def _is_match(pattern: str, value: str, flags: re.RegexFlag) -> bool:
    """``*`` stands for any characters, also slashes and colons, and ``?`` for one."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, flags | re.DOTALL) is not None
