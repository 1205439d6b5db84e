"""What a bundle is built for: a version of Python and an architecture.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, as of 2026-11.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple, get_args

Architecture = Literal["arm64", "x86_64"]
ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture)

# Architecture → as wheels and uname spell it.
MACHINES: dict[Architecture, str] = {"arm64": "aarch64", "x86_64": "x86_64"}
DOCKER_ARCHITECTURES: dict[Architecture, str] = {"arm64": "arm64", "x86_64": "amd64"}


class ManagedRuntime(NamedTuple):
    """One of AWS's managed Python runtimes."""

    glibc: tuple[int, int]  # of its Amazon Linux
    deprecated: date  # no security patches after this day


# Python version → AWS's managed runtime `python<version>`. Amazon Linux 2 until 3.11, then Amazon Linux 2023.
MANAGED_RUNTIMES = {
    "3.11": ManagedRuntime((2, 26), date(2027, 6, 30)),
    "3.12": ManagedRuntime((2, 34), date(2028, 10, 31)),
    "3.13": ManagedRuntime((2, 34), date(2029, 6, 30)),
    "3.14": ManagedRuntime((2, 34), date(2029, 6, 30)),
}

# What a managed runtime has beside Python. https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
RUNTIME_PACKAGES = {
    "awslambdaric",
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "s3transfer",
    "simplejson",
    "six",
    "snapshot_restore_py",
    "urllib3",
}


class Platform(NamedTuple):
    """A Python version such as ``"3.13"`` and an architecture."""

    python: str
    architecture: Architecture

    @property
    def glibc(self) -> tuple[int, int]:
        """The newest glibc that a wheel may ask for. An image of one's own may have a newer one."""
        return MANAGED_RUNTIMES[self.python].glibc

    @property
    def machine(self) -> str:
        return MACHINES[self.architecture]
