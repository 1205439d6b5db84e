"""``python -m fuzz.guided TARGET SECONDS SEED FOLDER``: one target by atheris, which looks for inputs that reach new
code.

A process of its own, because libFuzzer ends it. A fault is an input in FOLDER, and an exit status other than 0.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["lambda_http_adapter"]):
    from .target import Target

    _name, _seconds, _seed, _folder = sys.argv[1:]
    _target = Target(_name)


def _attempt(data: bytes) -> None:
    _target.attempt(data)


if __name__ == "__main__":
    options = [f"-max_total_time={_seconds}", f"-seed={_seed}", f"-artifact_prefix={_folder}/", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, f"{_folder}/corpus", str(_target.corpus)], _attempt)
    atheris.Fuzz()
