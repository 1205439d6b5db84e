"""The events with which a Cognito user pool asks a function, one for each of its triggers.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .service_events import REGION, Message

if TYPE_CHECKING:
    from ..._values.request import LambdaEvent


class _Trigger(NamedTuple):
    """``sources``: the last parts of ``triggerSource``. ``request`` is in the event beside the user's attributes,
    ``response`` is what the function fills in."""

    sources: tuple[str, ...]
    request: LambdaEvent
    response: LambdaEvent
    has_user: bool = True


def _empty(*names: str) -> LambdaEvent:
    return dict.fromkeys(names)


_GROUPS: LambdaEvent = {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None}
_TRIGGERS = {
    "PreSignUp": _Trigger(
        ("SignUp", "AdminCreateUser", "ExternalProvider"),
        {"validationData": None},
        {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
    ),
    "PostConfirmation": _Trigger(("ConfirmSignUp", "ConfirmForgotPassword"), {}, {}),
    "PreAuthentication": _Trigger(("Authentication",), {"validationData": None}, {}),
    "PostAuthentication": _Trigger(("Authentication",), {"newDeviceUsed": False}, {}),
    "TokenGeneration": _Trigger(
        ("Authentication", "HostedAuth", "NewPasswordChallenge", "AuthenticateDevice", "RefreshTokens"),
        {"groupConfiguration": _GROUPS},
        {"claimsOverrideDetails": None},
    ),
    "CustomMessage": _Trigger(
        (
            "SignUp",
            "AdminCreateUser",
            "ResendCode",
            "ForgotPassword",
            "UpdateUserAttribute",
            "VerifyUserAttribute",
            "Authentication",
        ),
        {"codeParameter": "{####}", "usernameParameter": "{username}"},
        _empty("smsMessage", "emailMessage", "emailSubject"),
    ),
    "DefineAuthChallenge": _Trigger(
        ("Authentication",), {"session": []}, _empty("challengeName", "issueTokens", "failAuthentication")
    ),
    "CreateAuthChallenge": _Trigger(
        ("Authentication",),
        {"challengeName": "CUSTOM_CHALLENGE", "session": []},
        _empty("publicChallengeParameters", "privateChallengeParameters", "challengeMetadata"),
    ),
    "VerifyAuthChallengeResponse": _Trigger(
        ("Authentication",),
        {"privateChallengeParameters": {"answer": "7"}, "challengeAnswer": "7"},
        {"answerCorrect": False},
    ),
    "UserMigration": _Trigger(
        ("Authentication", "ForgotPassword"),
        {"password": "EXAMPLE", "validationData": None},
        _empty("userAttributes", "finalUserStatus", "messageAction", "desiredDeliveryMediums", "forceAliasCreation"),
        has_user=False,
    ),
}

TRIGGERS = tuple(f"{name}_{source}" for name, trigger in _TRIGGERS.items() for source in trigger.sources)


def cognito(message: Message) -> LambdaEvent:
    """The data are the user's attributes, the name is the user's."""
    trigger = _TRIGGERS[message.type.partition("_")[0]]
    user = {"userAttributes": message.object()} if trigger.has_user else {}
    return {
        "version": "1",
        "triggerSource": message.type,
        "region": REGION,
        "userPoolId": f"{REGION}_AbCdEfGhI",
        "userName": message.name,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "1example23456789"},
        "request": {**user, **trigger.request},
        "response": dict(trigger.response),
    }
