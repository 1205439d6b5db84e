"""What `dev` says about options of the caller, of CORS and of domains that a front door doesn't have."""

import json
import shlex
from pathlib import Path

import pytest

from tests.emulator.dev.test_starting import refusal, refused
from tests.support.command_line import CommandLine
from tests.support.dev_process import APP, Dev

FILES: dict[str, object] = {
    "claims.json": {"sub": "ines"},
    "null.json": {"sub": None},
    "list.json": [],
    "cors.json": {"AllowOrigins": ["*"]},
    "bad_cors.json": {"allowOrigins": ["*"]},
    "variables.json": {"a": 1},
}


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> Path:
    for name, value in FILES.items():
        (tmp_path / name).write_text(json.dumps(value))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "latin.json").write_bytes(b'"\xe9"')
    return tmp_path


JWT = "--origin http-api --authorizer jwt"
FUNCTION = "lambda=tests.support.event_app:authorizer"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("--authorizer jwt", "--authorizer: function-url has no authorizer 'jwt'; these have: http-api, http-api-v1."),
        (
            "--origin http-api --authorizer cognito",
            "--authorizer: http-api has no authorizer 'cognito'; these have: rest.",
        ),
        (
            "--origin alb --authorizer iam",
            "--authorizer: alb has no authorizer 'iam'; these have: function-url, http-api, http-api-v1, rest, "
            "vpc-lattice.",
        ),
        (
            f"--authorizer {FUNCTION}",
            "--authorizer: function-url has no authorizer 'lambda'; these have: http-api, http-api-v1, rest.",
        ),
        ("--authorizer basic", "--authorizer: expected jwt, cognito, iam or lambda=module:function, got 'basic'."),
        ("--authorizer lambda", "--authorizer: expected jwt, cognito, iam or lambda=module:function, got 'lambda'."),
        ("--authorizer jwt=a:b", "--authorizer: expected jwt, cognito, iam or lambda=module:function, got 'jwt=a:b'."),
        ("--origin rest --authorizer lambda=nowhere:f", "There is no module 'nowhere' in "),
        ("--origin rest --authorizer lambda=auth", "'auth' is not an import string; expected module:attribute"),
        ("--claims claims.json", "--claims needs --authorizer jwt, cognito or iam."),
        (
            f"--origin rest --authorizer {FUNCTION} --claims claims.json",
            "--claims needs --authorizer jwt, cognito or iam.",
        ),
        (f"{JWT} --authorizer-payload 2.0", "--authorizer-payload needs --authorizer lambda=module:function."),
        ("--identity-source ''", "--identity-source needs --authorizer lambda=module:function."),
        (
            "--identity-source X-Key",
            "--identity-source: 'X-Key' is not an identity source; expected $request.header.NAME",
        ),
        (
            f"--origin rest --authorizer {FUNCTION} --authorizer-payload 2.0",
            "--authorizer-payload 2.0: a REST API has token and request.",
        ),
        (
            f"--origin http-api --authorizer {FUNCTION} --authorizer-payload token",
            "--authorizer-payload token: an HTTP API has 2.0 and 1.0.",
        ),
        (
            f"--origin rest --authorizer {FUNCTION} --identity-source '$request.querystring.key'",
            "--authorizer-payload token needs one header as --identity-source.",
        ),
        (f"{JWT} --claims none.json", "'none.json', the --claims, can't be read: No such file or directory."),
        (f"{JWT} --claims broken.json", "'broken.json', the --claims, is not JSON: "),
        (f"{JWT} --claims latin.json", "'latin.json', the --claims, is not UTF-8 text."),
        (f"{JWT} --claims list.json", "'list.json', the --claims, is not a JSON object."),
        (f"{JWT} --claims null.json", "The front door can't write the value of 'sub' in the authorizer as text: None."),
        ("--authorizer iam --claims claims.json", "Unknown field 'sub' in the authorizer 'iam' of a Function URL; "),
        (
            "--origin lambda-edge --request-context claims.json",
            "lambda-edge has no place for --request-context; these have: function-url, http-api, http-api-v1, rest, "
            "alb, alb-multi, vpc-lattice.",
        ),
        ("--request-context list.json", "'list.json', the --request-context, is not a JSON object."),
        (
            "--stage-variables a=1",
            "function-url has no place for --stage-variables; these have: http-api, http-api-v1, rest.",
        ),
        (
            "--origin rest --stage-variables a=1,b",
            "--stage-variables: expected NAME=value, got 'b'; a value with a comma needs a JSON file.",
        ),
        (
            "--origin rest --stage-variables a-b=1",
            "--stage-variables: a name has letters, digits and underscores in API Gateway, got 'a-b'",
        ),
        ("--origin rest --stage-variables 'a=x y'", "--stage-variables: a value has letters, digits and "),
        ("--origin rest --stage-variables variables.json", "--stage-variables: a value has letters, digits and "),
        ("--origin rest --stage-variables a", "'a', the --stage-variables, can't be read: No such file or directory."),
        ("--origin http-api --tenant-id blue", "http-api has no place for --tenant-id; these have: rest."),
        (
            "--origin rest --cors cors.json",
            "--cors: rest has no CORS configuration; these have: function-url, http-api, http-api-v1.",
        ),
        (
            "--cors bad_cors.json",
            "Unknown field 'allowOrigins' in the CORS configuration; expected one of: AllowCredentials, ",
        ),
        ("--cors list.json", "Expected a JSON object as the CORS configuration, got []."),
        (
            "--domain api.example.com",
            "--domain: function-url has no API mappings; these have: http-api, http-api-v1, rest.",
        ),
        (
            "--origin rest --domain https://x=/v1",
            "Expected a domain and its mapping, such as api.example.com=/v1, got ",
        ),
        (
            "--origin rest --domain x=/a?b",
            "Expected a domain and its mapping, such as api.example.com=/v1, got 'x=/a?b'.",
        ),
        ("--origin rest --domain ''", "Expected a domain and its mapping, such as api.example.com=/v1, got ''."),
        (
            "--origin rest --domain a.execute-api.us-east-1.amazonaws.com",
            "'a.execute-api.us-east-1.amazonaws.com' is an API's own domain, which has no mappings; its stage is "
            "--stage.",
        ),
        (
            "--origin rest --tls --domain ab--cd.example",
            "--tls: no certificate can have the names 127.0.0.1, ab--cd.example: ",
        ),
        (
            "--origin rest --domain api.example.com --base-path /v1",
            "--base-path is the mapping of any domain: write --domain NAME=PATH instead of it.",
        ),
    ],
)
def test_what_is_refused(options: str, reason: str, command_line: CommandLine) -> None:
    assert f": {reason}" in refused(command_line, APP, *shlex.split(options))


def test_without_trustme(tmp_path: Path) -> None:
    (tmp_path / "trustme.py").write_text("raise ImportError")
    assert "--tls needs trustme: pip install 'lambda-http-adapter[dev]'" in refusal(tmp_path, APP, "--tls")


def test_what_is_said_at_start(files: Path) -> None:
    options = (
        "--origin",
        "rest",
        "--authorizer",
        "iam",
        "--domain",
        "api.localhost=v1/",
        "--domain",
        "API.example.com",
    )
    with Dev(APP, *options, cwd=files) as dev:
        port = dev.url.rpartition(":")[2]
        for sentence in (
            "Every request counts as signed: signatures aren't verified.",
            f"Also at http://api.localhost:{port}/v1/",
            f"Also at http://api.example.com:{port}/",
        ):
            dev.line("emulator", message=sentence)
    with Dev(APP, *JWT.split(), "--cors", "cors.json", "--claims", "claims.json", cwd=files) as dev:
        said = str(dev.line("emulator")["message"])
        assert said.startswith("Preflights are answered without authorization.")
