"""The Terraform recipe, as far as it goes without a provider."""

import shutil
import subprocess

import pytest

from tests.support.recipes import DEPLOY

TERRAFORM = shutil.which("terraform") or shutil.which("tofu")


@pytest.mark.skipif(TERRAFORM is None, reason="There is neither terraform nor tofu on the PATH")
def test_it_is_formatted() -> None:
    assert TERRAFORM is not None
    command = [TERRAFORM, f"-chdir={DEPLOY / 'terraform'}", "fmt", "-check", "-diff"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
