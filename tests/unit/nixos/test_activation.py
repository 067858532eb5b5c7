"""The steps of activation but for accounts, in a folder that stands for the root."""

import json
import os
import subprocess
import sys
from pathlib import Path

import activate
import pytest
from activate.databases import read_map, write_map
from activate.errors import ActivationError
from activate.etc import update_etc
from activate.target import Target
from activate.usr import switch_usr
from activate.var import make_folders
from activate.wrappers import encode_capabilities, encode_mode, install_wrappers
from make_etc import PlanError, make_etc
from make_plan import encode
from make_usr import make_usr


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root"
    path.mkdir()
    return path


def tree(folder: Path, **files: str) -> str:
    make_etc([{"target": name, "text": text} for name, text in files.items()], str(folder))
    return str(folder)


def test_etc_is_links_that_follow_a_switch(root: Path, tmp_path: Path) -> None:
    """Files of /etc are links by way of /etc/static, and those that are not wanted any more go."""
    target = Target(str(root))
    update_etc(target, {"tree": tree(tmp_path / "one", **{"a.conf": "1", "sub/b": "2"})})
    assert os.readlink(root / "etc/sub/b") == "/etc/static/sub/b"
    (root / "etc/mine").write_text("kept")
    update_etc(target, {"tree": tree(tmp_path / "two", **{"a.conf": "3"})})
    assert os.readlink(root / "etc/static") == str(tmp_path / "two")
    assert os.readlink(root / "etc/a.conf") == "/etc/static/a.conf"
    assert not os.path.lexists(root / "etc/sub/b")
    assert (root / "etc/mine").read_text() == "kept"
    assert (root / "etc/NIXOS").exists()


def test_files_with_a_mode_are_copies(root: Path, tmp_path: Path) -> None:
    """An entry with a mode is a file that has it; it goes when it is not wanted any more."""
    plan = [{"target": "secret", "text": "s", "mode": "0400", "user": "+0", "group": "+0"}]
    make_etc(plan, str(tmp_path / "one"))
    target = Target(str(root))
    update_etc(target, {"tree": str(tmp_path / "one")})
    secret = root / "etc/secret"
    assert not secret.is_symlink()
    assert secret.stat().st_mode & 0o777 == 0o400
    assert not os.path.lexists(root / "etc/secret.mode")
    update_etc(target, {"tree": tree(tmp_path / "two")})
    assert not secret.exists()


def test_a_folder_of_links_may_become_one_link_and_back(root: Path, tmp_path: Path) -> None:
    """A folder that is a link in one system can hold links in the next."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "x").write_text("x")
    make_etc([{"target": "dir", "source": str(folder)}], str(tmp_path / "one"))
    target = Target(str(root))
    update_etc(target, {"tree": str(tmp_path / "one")})
    assert os.readlink(root / "etc/dir") == "/etc/static/dir"
    update_etc(target, {"tree": tree(tmp_path / "two", **{"dir/y": "y"})})
    assert os.readlink(root / "etc/dir/y") == "/etc/static/dir/y"


def test_two_entries_for_one_place_are_an_error(tmp_path: Path) -> None:
    """The tree of /etc has each place once."""
    entries = [{"target": "a", "source": "/x"}, {"target": "a", "source": "/y"}]
    with pytest.raises(PlanError, match="two entries for a"):
        make_etc(entries, str(tmp_path / "etc"))


def test_usr_is_one_link_and_folders_of_others_are_left(root: Path) -> None:
    """/usr and its parts become links; a folder with files of its own is an error that names one."""
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/env").write_text("")
    target = Target(str(root))
    switch_usr(target, {"tree": "/nix/store/usr"})
    assert os.readlink(root / "usr") == "/nix/store/usr"
    assert os.readlink(root / "bin") == "usr/bin"
    (root / "lib").unlink()
    (root / "lib").mkdir()
    (root / "lib/mine.so").write_text("")
    with pytest.raises(ActivationError, match=r"/lib/mine\.so"):
        switch_usr(target, {"tree": "/nix/store/usr"})


def test_usr_merges_packages(tmp_path: Path) -> None:
    """Folders of several packages are merged, the first has the say, and units and rules are left out."""
    first, second = tmp_path / "first", tmp_path / "second"
    for path in (
        "first/share/a/x",
        "first/bin/tool",
        "second/bin/tool",
        "second/bin/other",
        "second/lib/only/f",
    ):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)
    unit = second / "lib/systemd/system/x.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("")
    out = tmp_path / "usr"
    make_usr(
        [str(first), str(second)], {"bin/other": "/run/wrappers/bin/other", "sbin": "bin"}, str(out)
    )
    assert (out / "bin/tool").read_text() == "first/bin/tool"
    assert os.readlink(out / "bin/other") == "/run/wrappers/bin/other"
    assert os.readlink(out / "lib/only") == str(second / "lib/only")
    assert os.readlink(out / "sbin") == "bin"
    assert not os.path.lexists(out / "lib/systemd/system")


def test_missing_folders_get_their_modes(root: Path) -> None:
    """A folder that is missing is made; one that is there stays as it is."""
    (root / "var").mkdir(mode=0o700)
    make_folders(Target(str(root)), {"/tmp": "1777", "/var": "0755"})
    assert (root / "tmp").stat().st_mode & 0o7777 == 0o1777
    assert (root / "var").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("permissions", "setuid", "mode"),
    [
        ("u+rx,g+x,o+x", True, 0o4511),
        ("u+rx,g+rx,o-rx", False, 0o550),
        ("a+rx", False, 0o555),
        ("750", False, 0o750),
    ],
)
def test_permissions_are_those_of_chmod(permissions: str, setuid: bool, mode: int) -> None:  # noqa: FBT001
    """Symbolic and octal permissions give the same modes as chmod on a file without any."""
    assert encode_mode(permissions, setuid=setuid, setgid=False) == mode


def test_capabilities_have_the_kernels_form() -> None:
    """cap_net_raw is bit 13; an unknown name is an error."""
    assert encode_capabilities("cap_net_raw+ep").hex() == "01000002" + "00200000" + "00" * 12
    with pytest.raises(ActivationError, match="cap_fly"):
        encode_capabilities("cap_fly+ep")


def test_wrappers_are_copies_in_a_fresh_folder(root: Path, tmp_path: Path) -> None:
    """A program is copied with its mode; a script is an error that names it, and the others are still there."""
    program, script = tmp_path / "program", tmp_path / "script"
    program.write_bytes(b"\x7fELF")
    script.write_text("#!/bin/sh\n")
    (root / "etc").mkdir()
    (root / "etc/passwd").write_text(f"me:x:{os.getuid()}:{os.getgid()}::/:\n")
    (root / "etc/group").write_text(f"us:x:{os.getgid()}:\n")

    def wrapper(name: str, source: Path) -> dict[str, object]:
        rights = {
            "capabilities": "",
            "permissions": "u+rx,g+x,o+x",
            "setuid": True,
            "setgid": False,
        }
        return {"program": name, "source": str(source), "owner": "me", "group": "us", **rights}

    target = Target(str(root))
    with pytest.raises(ActivationError, match=r"security\.wrappers\.b"):
        install_wrappers(target, {"wrappers": [wrapper("a", program), wrapper("b", script)]})
    folder = Path(f"{root}{os.readlink(root / 'run/wrappers/bin')}")
    assert (folder / "a").read_bytes() == b"\x7fELF"
    assert (folder / "a").stat().st_mode & 0o7777 == 0o4511


def test_a_plan_is_read_without_what_takes_long_to_load(tmp_path: Path) -> None:
    """The program does steps of an encoded plan, and loads no parser of JSON and no regular expressions for that."""
    folders = {"/var/empty": "0755"}
    (tmp_path / "plan").write_bytes(encode(json.dumps({"var": folders})))
    script = """
import sys
from activate.main import main
status = main(["plan", "var"])
print(status, sorted({"json", "re", "enum", "contextlib", "collections"} & set(sys.modules)))
"""
    code = f"import sys; sys.path.insert(0, {str(Path(activate.__path__[0]).parent)!r}){script}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=tmp_path,
        env={"ACTIVATE_ROOT": str(tmp_path / "root")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "0 []\n"
    assert (tmp_path / "root/var/empty").is_dir()


@pytest.mark.parametrize("name", ["alice", "o'neill", 'quo"te', "back\\slash", "a, b", "ä"])
def test_numbers_are_json_whatever_the_names(root: Path, name: str) -> None:
    """What is remembered about numbers is JSON, and is read again, also as other programs write it."""
    target = Target(str(root))
    (root / "var/lib/nixos").mkdir(parents=True)
    file = root / "var/lib/nixos/uid-map"
    write_map(target, "uid-map", {name: 1000, "bob": 1001})
    assert json.loads(file.read_text()) == {name: 1000, "bob": 1001}
    assert read_map(target, "uid-map") == {name: 1000, "bob": 1001}
    file.write_text(json.dumps({name: 7}, separators=(",", ":"), indent=1))
    assert read_map(target, "uid-map") == {name: 7}
    file.write_text("{}")
    assert read_map(target, "uid-map") == {}
