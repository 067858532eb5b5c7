"""Entering installed systems: what is refused, and the steps."""

from pathlib import Path

import pytest

from neve.errors import NeveError
from neve.system.entering import (
    NOT_NIXOS_STATUS,
    NotNixOSError,
    check_root,
    plan_mounts,
    plan_namespaces,
    visit_words,
)


def test_no_system(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without NixOS is refused with a status of its own, before anything is changed."""
    with pytest.raises(NotNixOSError) as caught:
        check_root(str(tmp_path))
    assert caught.value.exit_status == NOT_NIXOS_STATUS == 126
    assert visit_words([str(tmp_path), "/system", "true", ""]) == 126
    assert "is not an installed NixOS system" in capsys.readouterr().err
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/NIXOS").touch()
    check_root(str(tmp_path))


def test_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ordinary user needs a user namespace first; devices, /sys and a /proc of its own are shown."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert plan_namespaces()[0].describe().startswith("enter a new user namespace")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert plan_namespaces()[0].describe() == "enter a new mnt namespace"
    steps = [step.describe() for step in plan_mounts(str(tmp_path))]
    assert steps[:3] == [
        f"bind /dev to {tmp_path}/dev",
        f"bind /sys to {tmp_path}/sys",
        f"mount a new proc at {tmp_path}/proc",
    ]


def test_folders_must_be_open(tmp_path: Path) -> None:
    """An installation to a folder that others cannot enter is refused, with the command that opens it."""
    from neve.cli.nixos_install import check_root as check_target

    target = tmp_path / "closed/root"
    target.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    with pytest.raises(NeveError, match="chmod o\\+rx"):
        check_target(str(target))
    with pytest.raises(NeveError, match="mount the disks"):
        check_target(str(tmp_path / "missing"))
