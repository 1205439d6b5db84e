"""The settings of Django's tests: its own for SQLite, with a runner that writes down what failed."""

from test_sqlite import *  # noqa: F403

TEST_RUNNER = "conformance.django_tests.Runner"
