"""Programs that see a store elsewhere than it lies."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from neve.sandbox.showing import MODULE


@pytest.mark.parametrize("is_below", [False, True], ids=["elsewhere", "in the temporary folder"])
def test_the_new_root_shows_nothing_twice(tmp_path: Path, *, is_below: bool) -> None:
    """The store is in its place, and no folder of the host shows the new root again, which leaves none behind.

    Otherwise what removes a temporary folder there would reach the host through it.
    """
    store = tmp_path / "store"
    store.mkdir()
    (store / "object").write_text("seen")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    script = "cat /nix/store/object; cat /proc/self/mountinfo"
    done = subprocess.run(
        [
            *(sys.executable, "-I", "-m", MODULE, "/nix/store", str(store)),
            *("/bin/sh", "sh", "-c", script),
        ],
        env={**os.environ, **({"TMPDIR": str(temporary)} if is_below else {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if "user namespaces" in done.stderr:
        pytest.skip("namespaces are forbidden here")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("seen")
    assert "neve-root" not in done.stdout
    assert list(temporary.iterdir()) == []


def test_store_in_its_place(tmp_path: Path) -> None:
    """The store is at its name, read-only; the folder, the rest of the host and the exit status are as they were."""
    store = tmp_path / "real/store"
    store.mkdir(parents=True)
    (store / "object").write_text("stored\n")
    script = "cat /nix/store/object; pwd; cat here; touch /nix/store/new 2>/dev/null || echo read-only; exit 5"
    (tmp_path / "here").write_text("of the host\n")
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-m",
            MODULE,
            "/nix/store",
            str(store),
            "/bin/sh",
            "sh",
            "-c",
            script,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if "user namespaces" in done.stderr:
        pytest.skip("namespaces are forbidden here")
    assert done.stdout == f"stored\n{tmp_path}\nof the host\nread-only\n", done.stderr
    assert done.returncode == 5
    assert not (store / "new").exists()


def test_missing_program(tmp_path: Path) -> None:
    """A program that is not there is named."""
    words = ["/nix/store", str(tmp_path), "/nix/store/none", "none"]
    done = subprocess.run(
        [sys.executable, "-I", "-m", MODULE, *words], capture_output=True, text=True, check=False
    )
    if "user namespaces" in done.stderr:
        pytest.skip("namespaces are forbidden here")
    assert done.returncode == 1
    assert "'/nix/store/none' could not be started: No such file or directory" in done.stderr
