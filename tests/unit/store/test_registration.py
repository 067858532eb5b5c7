"""Metadata as text."""

import io

import pytest

from neve.errors import StoreError
from neve.store import PathInfo
from neve.store.registration import parse_registrations, render_registration

A = f"/nix/store/{'a' * 32}-a"
B = f"/nix/store/{'b' * 32}-b"
INFO = PathInfo(A, bytes(range(32)), 7, frozenset({A, B}), deriver=B)


def parse(text: str, *, hash_given: bool = True) -> list[PathInfo]:
    return list(parse_registrations(io.StringIO(text), "/nix/store", hash_given=hash_given))


def test_metadata_survives_a_round_trip() -> None:
    """What is rendered is parsed, several paths one after another."""
    plain = PathInfo(B, bytes(32), 1)
    assert parse(render_registration(INFO) + render_registration(plain)) == [INFO, plain]


def test_the_text_is_that_of_nix() -> None:
    """Path, hash in base 16, size, deriver, number of references, references."""
    assert render_registration(INFO) == f"{A}\n{bytes(range(32)).hex()}\n7\n{B}\n2\n{A}\n{B}\n"


def test_hashes_may_be_left_out() -> None:
    """Then they are computed by whoever registers."""
    assert parse(f"{A}\n\n0\n", hash_given=False) == [PathInfo(A, b"", 0)]


@pytest.mark.parametrize(
    "text",
    [
        f"{A}\n",
        f"{A}\nzz\n1\n\n0\n",
        f"{A}\n{'0' * 64}\nx\n\n0\n",
        f"{A}\n{'0' * 64}\n1\n\n2\n{A}\n",
    ],
)
def test_broken_texts_are_errors(text: str) -> None:
    """Missing lines, bad hashes and bad numbers name the path that they are about."""
    with pytest.raises(StoreError, match=A):
        parse(text)
