"""The infrastructure that `init` writes, as AWS's own tools read it: cfn-lint with SAM's transform, and the CDK."""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from lambda_http_adapter._deploy.init.templates import APPS
from lambda_http_adapter.cli import main
from tests.support.child_process import inherited_environment

pytestmark = pytest.mark.slow  # installs both from the index: 650 MB


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment of their own."""
    directory = tmp_path_factory.mktemp("tools")
    subprocess.run([sys.executable, "-m", "venv", directory], check=True)
    programs = directory / "bin"
    subprocess.run([programs / "pip", "install", "--quiet", "cfn-lint>=1.40", "aws-cdk-lib>=2.230,<3"], check=True)
    return programs


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> None:
    environment = {**inherited_environment(), **(env or {})}
    ended = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize(("app", "deployment"), [*product(APPS, ["sam-zip", "sam-image"])])
def test_cfn_lint_finds_nothing(app: str, deployment: str, tools: Path, tmp_path: Path) -> None:
    main(["init", str(tmp_path), "--app", app, "--deploy", deployment])
    run(tools / "cfn-lint", "template.yaml", cwd=tmp_path)


@pytest.mark.parametrize("app", ["fastapi", "django", "handler"])
def test_the_cdk_makes_the_same_function(app: str, tools: Path, tmp_path: Path) -> None:
    main(["init", str(tmp_path / "shop"), "--app", app, "--deploy", "cdk"])
    (tmp_path / "shop/function.zip").write_bytes(b"PK")
    run(tools / "python", "app.py", cwd=tmp_path / "shop/infra", env={"CDK_OUTDIR": str(tmp_path / "out")})
    stack = tmp_path / "out/shop.template.json"
    # W3005: the CDK repeats in DependsOn what its references say.
    run(tools / "cfn-lint", "--ignore-checks", "W3005", "--", stack, cwd=tmp_path)
    (function,) = of_type(stack, "AWS::Lambda::Function")
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["Handler"] == APPS[app].entry.replace(":", ".")
    assert function["Environment"]["Variables"]["AWS_LAMBDA_EXEC_WRAPPER"] == "/var/task/bootstrap"
    assert list(of_type(stack, "AWS::Logs::LogGroup")) == [{"LogGroupName": "/aws/lambda/shop", "RetentionInDays": 14}]
    if app == "handler":
        (source,) = of_type(stack, "AWS::Lambda::EventSourceMapping")
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        return
    (url,) = of_type(stack, "AWS::Lambda::Url")
    assert (url["AuthType"], url["InvokeMode"]) == ("NONE", "RESPONSE_STREAM")
    permissions = {permission["Action"]: permission for permission in of_type(stack, "AWS::Lambda::Permission")}
    assert permissions.keys() == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}
    assert permissions["lambda:InvokeFunction"]["InvokedViaFunctionUrl"] is True


def of_type(stack: Path, kind: str) -> Iterator[dict[str, Any]]:
    """The properties of each resource of this type."""
    for resource in json.loads(stack.read_bytes())["Resources"].values():
        if resource["Type"] == kind:
            yield resource["Properties"]
