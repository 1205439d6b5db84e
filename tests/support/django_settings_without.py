"""The settings of the Django example on Lambda, but for the one that is named by ``WITHOUT``: it is as on a laptop."""

import importlib
import os

_local, _deployed = (vars(importlib.import_module(f"project.{name}")) for name in ("settings", "lambda_settings"))
_settings = {name: value for name, value in _deployed.items() if name.isupper()}
del _settings[os.environ["WITHOUT"]]
globals().update({name: value for name, value in _local.items() if name.isupper()} | _settings)
