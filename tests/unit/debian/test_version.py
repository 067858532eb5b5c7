"""The order of version numbers."""

import pytest

from neve.debian.version import satisfies, version_key

ASCENDING = (
    "0~rc1",
    "0",
    "1.0~~",
    "1.0~~a",
    "1.0~",
    "1.0~a",
    "1.0",
    "1.0-1~bpo13+1",
    "1.0-1",
    "1.0-1+b1",
    "1.0-1+deb13u1",
    "1.0-1+deb13u2",
    "1.0-1.1",
    "1.0-2",
    "1.0-10",
    "1.0a",
    "1.0+dfsg",
    "1.0.1",
    "1.2",
    "1.10",
    "1:0.1",
    "2:0",
)


def test_versions_sort_as_policy_says() -> None:
    """Tilde before the end, letters before other signs, numbers by value, epochs first."""
    keys = [version_key(version) for version in ASCENDING]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1.0", "0:1.0"), ("1.0", "1.0-0"), ("1.01", "1.1"), ("1.a", "1.a0"), ("", "0")],
)
def test_equal_versions(one: str, other: str) -> None:
    """An absent epoch or revision is zero, and so is an absent number."""
    assert version_key(one) == version_key(other)


def test_relations() -> None:
    """Each relation of a dependency holds where it should and nowhere else."""
    outcome = {
        relation: [satisfies(version, relation, "1.5") for version in ("1.4", "1.5", "1.6")]
        for relation in ("<<", "<=", "=", ">=", ">>")
    }
    assert outcome == {
        "<<": [True, False, False],
        "<=": [True, True, False],
        "=": [False, True, False],
        ">=": [False, True, True],
        ">>": [False, False, True],
    }
