"""Starting up imports little: most evaluations are small, and many."""

import subprocess
import sys

import pytest

EXPENSIVE = {
    "argparse",
    "ast",
    "collections",
    "dataclasses",
    "enum",
    "functools",
    "inspect",
    "json",
    "logging",
    "pathlib",
    "re",
    "shutil",
    "subprocess",
    "tempfile",
    "typing",
    "typing_extensions",
}


def modules_after(code: str) -> set[str]:
    """The modules that are loaded when the code has run, beyond those of a bare interpreter."""
    report = "import sys; print(' '.join(sys.modules))"
    loaded = [
        subprocess.run(
            [sys.executable, "-c", text], capture_output=True, text=True, check=True
        ).stdout.split()
        for text in (report, f"{code}\n{report}")
    ]
    return set(loaded[1]) - set(loaded[0])


@pytest.mark.parametrize(
    "code",
    [
        "import neve",
        "from neve.cli import nix_instantiate; from neve.lang import session",
        "from neve.cli import nix; nix.find_command('eval', [])",
        "from neve.settings import Settings; Settings.load({}).text('system')",
    ],
)
def test_the_way_to_an_evaluation_is_short(code: str) -> None:
    """None of the modules that take longer to load than a small expression to evaluate."""
    assert not modules_after(code) & EXPENSIVE


def test_the_way_to_a_store_is_short() -> None:
    """`nix-build` that finds everything built loads no more than the database and what looks there."""
    code = """
from neve.builder import goals, missing, realisations
from neve.cache import opening
from neve.cli import building, nix_build, stores
from neve.lang import store
from neve.store import Store
"""
    wanted = {"collections", "enum", "functools"}
    assert not modules_after(code) & ((EXPENSIVE - wanted) | {"hashlib", "pycurl", "socket"})
