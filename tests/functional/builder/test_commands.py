"""What `nix-build` says and how it ends, with builds in a sandbox."""

import shutil
from pathlib import Path

import pytest

from neve.builder.shell import find_static_shell
from neve.cli import nix_build
from neve.errors import BuildError

pytestmark = pytest.mark.functional

EXPRESSION = """
let
  make = name: script: derivation {
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-c" script ];
  };
in
{
  good = make "good" "echo > $out";
  bad = make "bad" "exit 3";
  user = make "user" "echo ${make "other-bad" "exit 4"} > $out";
}
"""


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """The beginning of a command line."""
    shell = find_static_shell()
    if shell is None:
        pytest.skip("needs a static shell (Debian: busybox-static)")
    shutil.copy(shell, tmp_path / "sh")
    (tmp_path / "all.nix").write_text(EXPRESSION)
    options = ["--no-out-link", "--store", str(tmp_path / "root"), "-k"]
    settings = {
        "sandbox-paths": f"/bin/sh={tmp_path}/sh",
        "substitute": "false",
        "build-users-group": "",
    }
    for name, value in settings.items():
        options += ["--option", name, value]
    return [str(tmp_path / "all.nix"), *options]


def test_all_that_failed_is_named_in_the_order_of_paths(words: list[str]) -> None:
    """However they were asked for, the last line names what was wanted and failed by store path."""
    named = []
    for order in (["bad", "user"], ["user", "bad"]):
        attributes = [word for name in order for word in ("-A", name)]
        with pytest.raises(BuildError, match=r"^build of .* failed$") as caught:
            nix_build.run([*words, *attributes])
        assert caught.value.exit_status == 100
        named.append(str(caught.value))
    assert named[0] == named[1]
    paths = [word.strip("',") for word in named[0].split() if "/nix/store/" in word]
    assert paths == sorted(paths)
    assert {path.partition("-")[2] for path in paths} == {"bad.drv", "user.drv"}


def test_a_sandbox_is_explained_and_not_made(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--explain-sandbox` prints the plan, builds nothing, and leaves only the derivation; built or not."""
    assert nix_build.run([*words, "-A", "good", "--explain-sandbox"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("-good.drv:")
    assert any(line.endswith("enter a new net namespace") for line in lines)
    assert any("ROOT/nix/store" in line for line in lines)
    kept = [path.name for path in (tmp_path / "root/nix/store").iterdir() if path.name != ".links"]
    assert [name.partition("-")[2] for name in kept] == ["good.drv"]
    assert not list((tmp_path / "root/nix/var/nix").glob("builds/*"))
    capsys.readouterr()
    assert nix_build.run([*words, "-A", "good"]) == 0
    capsys.readouterr()
    assert nix_build.run([*words, "-A", "good", "--explain-sandbox"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == lines[0]
