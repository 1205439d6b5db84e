"""From a laptop to AWS: the commands ``init``, ``build`` and ``doctor``. A deployed function loads nothing of it."""
