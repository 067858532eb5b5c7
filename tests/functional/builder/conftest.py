"""Builds in a store of their own, where this machine lets us make sandboxes."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.functional.builder.workshop import PYTHON, Workshop, python_mounts

from neve.builder.results import Success
from neve.builder.shell import find_static_shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@cache
def why_no_sandbox() -> str | None:
    """What keeps this machine from sandboxed builds, if anything."""
    if find_static_shell() is None:
        return "needs a static shell (Debian: busybox-static)"
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder, "root"))
        derivation = workshop.derive("probe", "echo > $out")
        outcome = workshop.run(derivation)[derivation]
        workshop.close()
    return None if isinstance(outcome, Success) else str(outcome)


@pytest.fixture
def make_workshop(tmp_path: Path) -> Iterator[Callable[..., Workshop]]:
    """Makes workshops with settings of their own."""
    reason = why_no_sandbox()
    if reason is not None:
        pytest.skip(reason)
    made: list[Workshop] = []

    def make(**settings: Any) -> Workshop:
        workshop = Workshop(tmp_path / f"root{len(made)}", **settings)
        made.append(workshop)
        return workshop

    yield make
    for workshop in made:
        assert workshop.leftovers() == [] or workshop.settings.keep_failed
        workshop.close()


@pytest.fixture
def workshop(make_workshop: Callable[..., Workshop]) -> Workshop:
    """One with default settings."""
    return make_workshop()


@pytest.fixture
def probe(make_workshop: Callable[..., Workshop]) -> Callable[..., str]:
    """Runs a Python program as a builder; what it prints."""
    workshop = make_workshop(sandbox_paths={**python_mounts(), "/bin/sh": str(find_static_shell())})
    count = 0

    def run(program: str, **attributes: Any) -> str:
        nonlocal count
        count += 1
        text = f"import os\n{program}\nopen(os.environ['out'], 'a').close()\n"
        derivation = workshop.derive(
            f"probe-{count}", builder=PYTHON, args=["-I", "-S", "-c", text], **attributes
        )
        workshop.log.lines.clear()
        outcome = workshop.run(derivation)[derivation]
        assert isinstance(outcome, Success), (outcome, workshop.log.lines)
        return "\n".join(workshop.log.lines)

    return run


@pytest.fixture
def as_root() -> None:
    """For what only root can try."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
