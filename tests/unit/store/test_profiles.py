"""Profiles and their generations."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from neve.errors import StoreError, UsageError
from neve.store import Profile
from neve.store.profiles import parse_older_than

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.store.conftest import RecordingLogger

    from neve.store import Store

DAY = 24 * 3600


@pytest.fixture
def profile(store: Store, tmp_path: Path, log: RecordingLogger) -> Profile:
    """Four generations, made one day after another; the third is current."""
    made = Profile(str(tmp_path / "profile"), log)
    for number in range(1, 5):
        link = made.create_generation(store, store.add_text(f"g{number}", str(number).encode()))
        os.utime(link, (number * DAY, number * DAY), follow_symlinks=False)
    made.switch_link(f"{made.link}-3-link")
    log.messages.clear()
    return made


def numbers(profile: Profile) -> list[int]:
    return [generation.number for generation in profile.generations().all]


def test_generations_are_numbered(profile: Profile) -> None:
    """Each has a link of its own; the profile links to the current one by a short name."""
    assert numbers(profile) == [1, 2, 3, 4]
    assert profile.generations().current == 3
    assert os.readlink(profile.link) == "profile-3-link"


def test_same_path_makes_no_new_generation(profile: Profile, store: Store) -> None:
    """Only a change is a new generation."""
    again = profile.create_generation(store, store.add_text("g4", b"4"))
    assert again.endswith("profile-4-link")
    assert numbers(profile) == [1, 2, 3, 4]


def test_generations_are_roots(profile: Profile, store: Store) -> None:
    """A generation's path is kept."""
    links = {link for found in store.find_roots().values() for link in found}
    assert f"{profile.link}-1-link" in links


def test_rolling_back_goes_to_the_one_before(profile: Profile, log: RecordingLogger) -> None:
    """Without a number the generation before the current one is taken."""
    profile.switch(None)
    assert profile.generations().current == 2
    assert log.messages == ["switching profile from version 3 to 2"]
    profile.switch(4)
    assert profile.generations().current == 4


def test_missing_generations_are_errors(profile: Profile) -> None:
    """There is nothing before the first, and no ninth."""
    profile.switch(1)
    with pytest.raises(StoreError, match=r"no profile version older than the current \(1\) exists"):
        profile.switch(None)
    with pytest.raises(StoreError, match="profile version 9 does not exist"):
        profile.switch(9)


def test_dry_run_changes_nothing(profile: Profile, log: RecordingLogger) -> None:
    """What would be done is said only."""
    profile.switch(1, dry_run=True)
    profile.delete_old(dry_run=True)
    assert profile.generations().current == 3
    assert numbers(profile) == [1, 2, 3, 4]
    assert "would remove profile version 1" in log.messages


def test_current_generation_is_never_deleted(profile: Profile) -> None:
    """By number it is an error, by other rules it is left."""
    with pytest.raises(StoreError, match="cannot delete current version"):
        profile.delete([2, 3])
    profile.delete([1])
    profile.delete_old()
    assert numbers(profile) == [3]


def test_a_number_of_generations_is_kept(profile: Profile) -> None:
    """Counted from the current one down; newer ones stay as well."""
    profile.delete_all_but(2)
    assert numbers(profile) == [2, 3, 4]
    with pytest.raises(StoreError, match="at least one"):
        profile.delete_all_but(0)


def test_what_was_current_at_a_moment_is_kept(profile: Profile) -> None:
    """Two and a half days in, the second generation was current: it stays, the first goes."""
    profile.delete_older_than(5 * DAY // 2)
    assert numbers(profile) == [2, 3, 4]


def test_ages_are_parsed() -> None:
    """Days with a `d`, at least one."""
    assert parse_older_than("2d", lambda: 10.0 * DAY) == 8 * DAY
    for text in ("2", "0d", "-1d", "xd", ""):
        with pytest.raises(UsageError, match="invalid number of days"):
            parse_older_than(text)
