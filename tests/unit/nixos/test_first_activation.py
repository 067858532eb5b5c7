"""The first activation, made when a system is built: what a machine unpacks is what the steps would make."""

import json
import os
import stat
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from activate.first import Record, write_archive
from activate.main import run_steps
from activate.target import Target
from make_etc import make_etc
from make_plan import encode
from typing_extensions import override

import neve

NIXPKGS = Path(__file__).parents[3] / "nixpkgs"
STEPS = ["usr", "var", "accounts", "etc", "wrappers"]
# cap_net_raw+ep
CAPABILITY = bytes.fromhex("0100000200200000") + bytes(12)


def user(name: str, **more: Any) -> dict[str, Any]:
    return {
        "autoSubUidGidRange": True,
        "createHome": True,
        "description": "",
        "group": "users",
        "home": f"/home/{name}",
        "homeMode": "750",
        "isSystemUser": False,
        "name": name,
        "shell": "/bin/sh",
        "subGidRanges": [],
        "subUidRanges": [],
        "uid": None,
        **more,
    }


def write_plan(folder: Path) -> Path:
    """A plan for all steps."""
    program = folder / "program"
    program.write_bytes(b"\x7fELF")
    entries = [
        {"target": "a.conf", "text": "a"},
        {"target": "secret", "text": "s", "mode": "0440", "user": "alice", "group": "shadow"},
    ]
    make_etc(entries, str(folder / "etc"))
    wrapper = {
        "source": str(program),
        "owner": "alice",
        "group": "users",
        "permissions": "u+rx,g+x",
        "setgid": False,
    }
    plan = {
        "usr": {"tree": str(folder)},
        "var": {"/tmp": "1777", "/var/empty": "0555", "/nix/var": "0755"},
        "accounts": {
            "crypt": "libcrypt.so.1",
            "groups": [
                {"name": "users", "gid": 100, "members": []},
                {"name": "shadow", "gid": 318, "members": ["alice"]},
            ],
            "mutableUsers": True,
            "users": [user("alice", hashedPassword="$6$x"), user("bob", initialPassword="b")],
        },
        "etc": {"tree": str(folder / "etc")},
        "wrappers": {
            "wrappers": [
                {**wrapper, "program": "set", "setuid": True, "capabilities": ""},
                {**wrapper, "program": "raw", "setuid": False, "capabilities": "cap_net_raw+ep"},
            ]
        },
    }
    path = folder / "plan"
    path.write_bytes(encode(json.dumps(plan)))
    return path


def record(folder: Path, plan: Path) -> Record:
    """What the build makes."""
    folder.mkdir()
    target = Record(str(folder), seed="/nix/store/x")
    assert run_steps(target, str(plan), STEPS) == 0
    return target


class Granted(Target):
    """A root of which owners, and programs with rights of their own, are kept by place, as nobody can set them here."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.run = "first"
        self.owners: dict[str, tuple[int, int]] = {}

    @override
    def grant(self, file: int | str, uid: int, gid: int, mode: int) -> None:
        place = os.readlink(f"/proc/self/fd/{file}") if isinstance(file, int) else file
        self.owners[os.path.relpath(place.removesuffix(".new"), self.root)] = uid, gid
        os.chmod(file, mode)

    @override
    def set_capabilities(self, place: str, value: bytes) -> None:
        assert (Path(place).name, value) == ("raw", CAPABILITY)


def test_what_is_unpacked_is_what_the_steps_make(tmp_path: Path) -> None:
    """The archive has each place that the steps make of an empty root, with its content, mode and owner."""
    plan = write_plan(tmp_path)
    (tmp_path / "live").mkdir()
    live = Granted(str(tmp_path / "live"))
    assert run_steps(live, str(plan), STEPS) == 0
    built = record(tmp_path / "built", plan)
    write_archive(built, str(tmp_path / "files.tar"))
    with tarfile.open(tmp_path / "files.tar") as archive:
        members = {member.name: member for member in archive}
        contents = {
            name: file.read()
            for name, member in members.items()
            if member.isfile() and (file := archive.extractfile(member))
        }
    places = {
        os.path.relpath(f"{parent}/{name}", live.root)
        for parent, folders, names in os.walk(live.root)
        for name in [*folders, *names]
    }
    assert set(members) == places
    for name, member in members.items():
        place = tmp_path / "live" / name
        if member.issym():
            assert os.readlink(place) == member.linkname
            continue
        assert stat.S_IMODE(place.stat().st_mode) == member.mode, name
        assert (member.uid, member.gid) == live.owners.get(name, (0, 0)), name
        # The salt of a password in clear text is another one each time.
        if member.isfile() and name != "etc/shadow":
            assert place.read_bytes() == contents[name], name
    assert (members["etc/secret"].uid, members["etc/secret"].gid) == (1000, 318)
    assert members["run/wrappers/wrappers.first/set"].mode == 0o4510
    assert members["home/bob"].mode == 0o750


def test_each_build_makes_the_same_archive(tmp_path: Path) -> None:
    """Nothing of the build is in the archive: not its time, its user, nor chance."""
    plan = write_plan(tmp_path)
    for name in ("one", "two"):
        write_archive(record(tmp_path / name, plan), str(tmp_path / f"{name}.tar"))
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_capabilities_are_the_archives(tmp_path: Path) -> None:
    """A program with capabilities has them in the archive as tar(1) knows them."""
    write_archive(record(tmp_path / "root", write_plan(tmp_path)), str(tmp_path / "files.tar"))
    with tarfile.open(tmp_path / "files.tar", errors="surrogateescape") as archive:
        headers = archive.getmember("run/wrappers/wrappers.first/raw").pax_headers
    value = headers["SCHILY.xattr.security.capability"]
    assert value.encode("utf-8", "surrogateescape") == CAPABILITY


def snippets(folder: Path, configuration: str) -> dict[str, str]:
    """The script of activation, and the part that names the machine."""
    (folder / "configuration.nix").write_text(configuration)
    evaluator = neve.Evaluator(
        settings={},
        store=f"local?store={folder}/store&state={folder}/state&log={folder}/log",
        read_only=False,
    )
    source = f"""
        let system = import {NIXPKGS}/nixos {{
          configuration = {folder}/configuration.nix;
          system = "x86_64-linux";
        }};
        in {{
          script = system.config.system.build.activationScript;
          machine = system.config.system.activationScripts.machineId.text;
        }}
    """
    found = neve.to_python(evaluator.evaluate(source))
    assert isinstance(found, dict)
    return {name: str(text) for name, text in found.items()}


DISK = 'fileSystems."/".device = "/dev/vda"; boot.loader.grub.device = "nodev";'


@pytest.mark.usefixtures("packages")
def test_what_the_build_cannot_know_is_for_the_machine(tmp_path: Path) -> None:
    """A password in a file of the machine, or commands between the steps, leave the steps to the machine."""
    assert "-first-activation/files.tar" in snippets(tmp_path, f"{{ {DISK} }}")["script"]
    secret = 'users.users.root.hashedPasswordFile = "/secret";'
    assert "-first-activation" not in snippets(tmp_path, f"{{ {DISK} {secret} }}")["script"]
    between = 'system.activationScripts.a = { deps = [ "users" ]; text = "true"; };'
    assert "-first-activation" not in snippets(tmp_path, f"{{ {DISK} {between} }}")["script"]


@pytest.mark.usefixtures("packages")
def test_systems_without_set_id_programs_have_no_step_for_them(tmp_path: Path) -> None:
    """`security.enableWrappers = false` leaves the step out, which has no plan then."""
    script = snippets(tmp_path, f"{{ {DISK} security.enableWrappers = false; }}")["script"]
    assert "usr var accounts etc ||" in script


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("before", [None, "", "uninitialized\n", "0123456789abcdef" * 2 + "\n"])
def test_a_machine_gets_an_identifier_that_stays(tmp_path: Path, before: str | None) -> None:
    """A machine without an identifier gets one of 32 digits, which the next activation leaves."""
    file = tmp_path / "machine-id"
    if before is not None:
        file.write_text(before)
    script = snippets(tmp_path, f"{{ {DISK} }}")["machine"].replace("/etc/machine-id", str(file))
    found = []
    for _ in range(2):
        subprocess.run(["bash", "-euc", script], check=True)
        found.append(file.read_text())
    assert found[0] == found[1]
    assert len(found[0]) == 33
    assert set(found[0].strip()) <= set("0123456789abcdef")
    if before is not None and len(before) == 33:
        assert found[0] == before
