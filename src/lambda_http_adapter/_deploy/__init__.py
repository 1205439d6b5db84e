"""From a laptop to AWS: ``init``, ``build``, ``doctor`` and ``wrapper``. A deployed function loads nothing of it."""
