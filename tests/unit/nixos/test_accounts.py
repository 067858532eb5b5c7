"""Users and groups of an activated system, in a folder that stands for its root."""

import os
from pathlib import Path
from typing import Any

import pytest
from activate.accounts import update_accounts
from activate.target import Target


def user(name: str, **more: Any) -> dict[str, Any]:
    return {
        "autoSubUidGidRange": False,
        "createHome": False,
        "description": "",
        "group": "users",
        "home": f"/home/{name}",
        "homeMode": "700",
        "isSystemUser": False,
        "name": name,
        "shell": "/bin/sh",
        "subGidRanges": [],
        "subUidRanges": [],
        "uid": None,
        **more,
    }


def group(name: str, gid: int | None = None, members: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"name": name, "gid": gid, "members": list(members)}


def plan(
    *users: dict[str, Any], groups: tuple[dict[str, Any], ...] = (), mutable: bool = True
) -> dict[str, Any]:
    return {
        "crypt": "libcrypt.so.1",
        "groups": [group("users", 100), group("shadow", 318), *groups],
        "mutableUsers": mutable,
        "users": list(users),
    }


class System:
    """A root folder, and its accounts."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.target = Target(str(root))

    def update(self, *users: dict[str, Any], **more: Any) -> None:
        update_accounts(self.target, plan(*users, **more))

    def fields(self, file: str) -> dict[str, list[str]]:
        lines = (self.root / "etc" / file).read_text().splitlines()
        return {line.split(":")[0]: line.split(":") for line in lines}


@pytest.fixture
def system(tmp_path: Path) -> System:
    return System(tmp_path)


def test_people_and_services_get_numbers_of_their_own_ranges(system: System) -> None:
    """A person's number is at least 1000, a service's below."""
    system.update(user("alice"), user("daemon", isSystemUser=True))
    users = system.fields("passwd")
    assert users["alice"][2:4] == ["1000", "100"]
    assert users["daemon"][2] == "999"


def test_numbers_are_kept_when_an_account_comes_back(system: System) -> None:
    """An account that was removed has its old number when it is declared again, whatever was added meanwhile."""
    system.update(user("alice"), user("bob"))
    system.update(user("bob"))
    assert "alice" not in system.fields("passwd")
    system.update(user("bob"), user("carol"))
    system.update(user("alice"), user("bob"), user("carol"))
    numbers = {name: fields[2] for name, fields in system.fields("passwd").items()}
    assert numbers == {"alice": "1000", "bob": "1001", "carol": "1002"}


def test_a_changed_number_is_not_applied(
    system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    """The number of an existing account stays, with a warning, as its files belong to it."""
    system.update(user("alice", uid=1500))
    system.update(user("alice", uid=1600))
    assert system.fields("passwd")["alice"][2] == "1500"
    assert "not applying UID change of alice (1500 -> 1600)" in capsys.readouterr().err


def test_accounts_made_by_hand_stay_only_where_users_are_mutable(system: System) -> None:
    """An account that no configuration declared survives with mutableUsers, and goes without."""
    system.update(user("alice"))
    with (system.root / "etc/passwd").open("a") as file:
        file.write("guest:x:1234:100::/home/guest:/bin/sh\n")
    system.update(user("alice"))
    assert "guest" in system.fields("passwd")
    system.update(user("alice", hashedPassword="!"), mutable=False)
    assert "guest" not in system.fields("passwd")


def test_a_password_that_was_changed_stays_with_mutable_users(system: System) -> None:
    """The initial password is for a new account only; without mutableUsers the declared one always counts."""
    system.update(user("alice", initialHashedPassword="first"))
    assert system.fields("shadow")["alice"][1] == "first"
    shadow = system.root / "etc/shadow"
    shadow.write_text(shadow.read_text().replace("first", "changed"))
    system.update(user("alice", initialHashedPassword="first", hashedPassword="declared"))
    assert system.fields("shadow")["alice"][1] == "changed"
    system.update(user("alice", hashedPassword="declared"), mutable=False)
    assert system.fields("shadow")["alice"][1] == "declared"


def test_a_password_file_is_read_and_a_missing_one_is_warned_about(
    system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first line of hashedPasswordFile is the digest; without the file the account is locked."""
    (system.root / "secret").write_text("digest\n")
    system.update(
        user("alice", hashedPasswordFile="/secret"), user("bob", hashedPasswordFile="/missing")
    )
    shadow = system.fields("shadow")
    assert shadow["alice"][1] == "digest"
    assert shadow["bob"][1] == "!"
    assert "/missing does not exist" in capsys.readouterr().err


def test_a_plain_password_becomes_a_digest(system: System) -> None:
    """The C library's crypt makes a SHA-512 digest with a salt."""
    pytest.importorskip("ctypes").CDLL("libcrypt.so.1")
    system.update(user("alice", password="test"))
    digest = system.fields("shadow")["alice"][1]
    assert digest.startswith("$6$")
    assert len(digest.split("$")[3]) == 86


def test_members_added_by_hand_stay_in_a_group(system: System) -> None:
    """Members of a group are those declared and, with mutableUsers, those that no configuration declared."""
    wheel = group("wheel", 1, ("alice",))
    system.update(user("alice"), user("bob"), groups=(group("wheel", 1, ("alice", "bob")),))
    file = system.root / "etc/group"
    file.write_text(file.read_text().replace("alice,bob", "alice,bob,guest"))
    system.update(user("alice"), user("bob"), groups=(wheel,))
    assert system.fields("group")["wheel"][3] == "alice,guest"


def test_homes_and_ranges_are_made(system: System) -> None:
    """A home has its mode, and ranges of numbers do not overlap and stay the same."""
    people = (
        user("alice", createHome=True, autoSubUidGidRange=True),
        user("bob", autoSubUidGidRange=True, subUidRanges=[{"startUid": 5, "count": 2}]),
    )
    system.update(*people)
    assert (system.root / "home/alice").stat().st_mode & 0o777 == 0o700
    expected = "alice:100000:65536\nbob:5:2\nbob:165536:65536\n"
    assert (system.root / "etc/subuid").read_text() == expected
    system.update(*people[1:])
    assert "bob:165536:65536" in (system.root / "etc/subuid").read_text()


def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    """With dry-activate the files of accounts are not written."""
    update_accounts(Target(str(tmp_path), is_dry=True), plan(user("alice")))
    assert not os.path.exists(tmp_path / "etc/passwd")
