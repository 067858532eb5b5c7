"""Parameters of addresses of caches."""

import pytest

from neve.cache.options import CacheOptions, unknown_parameters
from neve.errors import StoreError


def test_parameters_are_read() -> None:
    """Each by its name in Nix."""
    options = CacheOptions.parse(
        {
            "compression": "zstd",
            "compression-level": "7",
            "priority": "10",
            "want-mass-query": "1",
            "trusted": "true",
            "secret-key": "a",
            "secret-keys": "b,c",
            "write-nar-listing": "yes",
            "log-compression": "gzip",
            "store": "/s",
        },
        "file:///x",
    )
    assert options == CacheOptions(
        store_dir="/s",
        priority=10,
        wants_mass_query=True,
        is_trusted=True,
        compression="zstd",
        compression_level=7,
        secret_key_files=("a", "b", "c"),
        write_nar_listing=True,
        upload_compression=(("log", "gzip"),),
    )
    assert CacheOptions.parse({}, "file:///x") == CacheOptions()
    assert CacheOptions.parse({"compression-level": "-1"}, "").compression_level is None


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("priority", "high", "'priority' .* must be a number, not 'high'"),
        ("trusted", "perhaps", "must be true or false, not 'perhaps'"),
        ("compression", "zip", "must be one of bzip2, gzip, none, xz, zstd, not 'zip'"),
    ],
)
def test_senseless_parameters_are_errors(name: str, value: str, words: str) -> None:
    """The parameter, its value and what it may be are told."""
    with pytest.raises(StoreError, match=words):
        CacheOptions.parse({name: value}, "file:///x")


def test_unknown_parameters_are_found() -> None:
    """So that they can be warned of."""
    assert unknown_parameters(["priority", "colour", "region"], ["region"]) == ["colour"]
