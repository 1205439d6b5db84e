"""What SAM and the CDK make of the recipes. Each tool is in an environment of its own: it pins what ours must not."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from tests.support.environments import environment, with_path
from tests.support.paths import ROOT
from tests.support.recipes import DEPLOY, TEMPLATES_OF_ALL

pytestmark = pytest.mark.slow
Resources = dict[str, dict[str, object]]
BOTH = {("lambda:InvokeFunctionUrl", "*", None), ("lambda:InvokeFunction", "*", True)}
REGION = {"AWS_DEFAULT_REGION": "eu-west-1", "SAM_CLI_TELEMETRY": "0"}

# SAM uploads the code before it transforms a template.
TRANSFORM = """
import json, sys
from pathlib import Path
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

class NoPolicies:
    def load(self):
        return {}

for path in sys.argv[1:]:
    template = yaml_parse(Path(path).read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            image = resource["Properties"].get("PackageType") == "Image"
            resource["Properties"]["ImageUri" if image else "CodeUri"] = "s3://bucket/key"
    print(json.dumps(transform(template, {}, NoPolicies())))
"""


def permissions(resources: Resources) -> set[tuple[object, object, object]]:
    found = of_type(resources, "AWS::Lambda::Permission")
    return {(one["Action"], one["Principal"], one.get("InvokedViaFunctionUrl")) for one in found}


def of_type(resources: Resources, kind: str) -> list[dict[str, object]]:
    found = [one["Properties"] for one in resources.values() if one["Type"] == kind]
    return cast("list[dict[str, object]]", found)


def lint(*arguments: str) -> str:
    cfn_lint = str(Path(sys.executable).with_name("cfn-lint"))
    return subprocess.run([cfn_lint, *arguments], capture_output=True, text=True, check=False).stdout


@pytest.fixture(scope="module")
def sam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment(tmp_path_factory.mktemp("sam"), "aws-sam-cli==1.170.0")


def test_sam_finds_each_template_valid(sam: Path) -> None:
    for template in TEMPLATES_OF_ALL:
        command = ["sam", "validate", "--template", str(ROOT / template)]
        subprocess.run(command, env=with_path(sam, **REGION), check=True)


def test_what_sam_transforms_the_templates_to(sam: Path, tmp_path: Path) -> None:
    paths = [str(ROOT / template) for template in TEMPLATES_OF_ALL]
    command = [str(sam / "python"), "-c", TRANSFORM, *paths]
    done = subprocess.run(command, capture_output=True, text=True, env=with_path(sam, **REGION), check=True)
    transformed = dict(zip(TEMPLATES_OF_ALL, done.stdout.splitlines(), strict=True))
    for template, text in transformed.items():
        (tmp_path / f"{template.parent.name}.json").write_text(text)
    assert lint(*map(str, tmp_path.iterdir())) == ""

    for template, text in transformed.items():
        resources: Resources = json.loads(text)["Resources"]
        for url in of_type(resources, "AWS::Lambda::Url"):
            if url["AuthType"] == "NONE":
                assert permissions(resources) >= BOTH, template
    streamed = transformed[DEPLOY.relative_to(ROOT) / "rest_streaming" / "template.yaml"]
    assert streamed.count('"responseTransferMode": "STREAM"') == streamed.count("/response-streaming-invocations") == 2


@pytest.mark.skipif(shutil.which("npm") is None, reason="The CDK needs Node.js")
def test_the_cdk_synthesizes_its_stack(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DEPLOY / "cdk", tmp_path / "cdk"))
    (folder / "function.zip").write_bytes(b"PK")
    python = environment(tmp_path / "python", "--requirement", str(folder / "requirements.txt"))
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--prefix", str(tmp_path), "aws-cdk"], check=True)
    env = with_path(python, tmp_path / "node_modules" / ".bin", JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION="1", CI="1")
    subprocess.run(["cdk", "synth", "--quiet", "--output", str(tmp_path / "out")], cwd=folder, env=env, check=True)
    (synthesized,) = (tmp_path / "out").glob("*.template.json")
    # W3005: the CDK itself writes a DependsOn that a reference already says.
    assert lint("--ignore-checks", "W3005", "--template", str(synthesized)) == ""

    resources: Resources = json.loads(synthesized.read_text())["Resources"]
    (function,) = of_type(resources, "AWS::Lambda::Function")
    assert (function["Architectures"], function["Runtime"], function["Timeout"]) == (["arm64"], "python3.13", 300)
    (url,) = of_type(resources, "AWS::Lambda::Url")
    assert url["InvokeMode"] == "RESPONSE_STREAM"
    assert permissions(resources) == BOTH
