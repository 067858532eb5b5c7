"""Programs that see a store elsewhere than it lies."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from neve.sandbox.showing import MODULE


@pytest.mark.parametrize("is_below", [False, True], ids=["elsewhere", "in the temporary folder"])
def test_the_new_root_shows_nothing_twice(tmp_path: Path, *, is_below: bool) -> None:
    """The store is in its place, and no folder of the host shows the new root again.

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
