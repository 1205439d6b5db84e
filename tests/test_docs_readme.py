"""The programs in README.md run, as files in one directory."""

import re
import subprocess
import sys
from pathlib import Path

from tests.support.child_process import inherited_environment
from tests.support.paths import ROOT


def test_the_app_and_its_test(tmp_path: Path) -> None:
    app, test = re.findall(r"^```python\n(.+?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "main.py").write_text(app)
    assert "lambda_http_adapter" not in app
    subprocess.run([sys.executable, "-c", test], cwd=tmp_path, env=inherited_environment(), check=True)
