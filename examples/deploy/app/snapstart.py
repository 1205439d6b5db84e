"""The app for SnapStart: what was random before the snapshot is renewed in each copy of it.

The option ``on_restore`` names the path below, and then clients get 403 there.
"""

import uuid

from main import app

__all__ = ["app"]


@app.post("/after-restore")
def after_restore() -> None:
    app.state.environment = uuid.uuid4().hex
