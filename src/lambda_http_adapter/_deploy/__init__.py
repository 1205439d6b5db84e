"""From a laptop to AWS: the commands ``init``, ``build`` and ``doctor``. A deployed function never loads this package."""
