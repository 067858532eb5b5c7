"""Store paths and placeholders as Python sees them."""

import pytest

from neve import _core

STORE = "/nix/store"
ZERO = bytes(32)


def test_paths_match_the_reference() -> None:
    """Paths are those that Nix prints for the same contents."""
    flat = _core.make_fixed_output_path("foo", "flat", "sha256", ZERO, [], STORE)
    assert flat == f"{STORE}/a3qrxr9fv07qngjdfd543q16dz6907hh-foo"
    nar = _core.make_fixed_output_path("foo", "nar", "sha256", ZERO, [], STORE)
    assert nar == f"{STORE}/1dcapabdb1anckxk8md1m0dpqx5jmm73-foo"
    a = _core.make_text_path("a", b"hello", [], STORE)
    assert a == f"{STORE}/vmg5na96ajnh1v932j9jdzfc3022vbh9-a"
    b = _core.make_text_path("b", f"x{a}y".encode(), [a], STORE)
    assert b == f"{STORE}/ym35k2dcn6qbg3xg6f67vxpsjsqml2y1-b"
    assert _core.make_store_path("source", ZERO, "foo", STORE) == nar


def test_references_are_part_of_the_path() -> None:
    """References and references to itself change the path, whatever their order."""
    plain = _core.make_fixed_output_path("x", "nar", "sha256", ZERO, [], STORE)
    others = [f"{STORE}/{'b' * 32}-b", f"{STORE}/{'a' * 32}-a"]
    forward = _core.make_fixed_output_path("x", "nar", "sha256", ZERO, others, STORE)
    backward = _core.make_fixed_output_path("x", "nar", "sha256", ZERO, others[::-1], STORE)
    itself = _core.make_fixed_output_path(
        "x", "nar", "sha256", ZERO, others, STORE, references_itself=True
    )
    assert forward == backward
    assert len({plain, forward, itself}) == 3
    with pytest.raises(ValueError, match="not allowed to refer to other store paths"):
        _core.make_fixed_output_path("x", "flat", "sha256", ZERO, others, STORE)


def test_paths_are_taken_apart() -> None:
    """A path yields its hash part and name; anything else is refused in Nix's words."""
    hash_part = "a3qrxr9fv07qngjdfd543q16dz6907hh"
    assert _core.parse_store_path(f"{STORE}/{hash_part}-foo") == (hash_part, "foo")
    assert _core.parse_store_path(f"/s/{hash_part}-foo", "/s") == (hash_part, "foo")
    with pytest.raises(ValueError, match=r'^path "/tmp" is not in the Nix store$'):
        _core.parse_store_path("/tmp")
    with pytest.raises(ValueError, match="contains illegal character '/'"):
        _core.check_store_path_name("a/b")
    _core.check_store_path_name("a-b")


def test_content_addresses_are_taken_apart() -> None:
    """Method, algorithm and digest come out of a content address."""
    text = "fixed:r:sha256:" + _core.encode_nix32(ZERO)
    assert _core.parse_content_address(text) == ("nar", "sha256", ZERO)
    with pytest.raises(ValueError, match="content address prefix 'x' is unrecognized"):
        _core.parse_content_address("x:y")


def test_placeholders_match_the_reference() -> None:
    """Placeholders are those that Nix puts into derivations."""
    own = "/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9"
    assert _core.placeholder("out") == own
    drv = f"{STORE}/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-foo.drv"
    output = "/0c6rn30q4frawknapgwq386zq358m8r6msvywcvc89n6m5p2dgbz"
    assert _core.downstream_placeholder(drv, "out") == output
    assert _core.downstream_placeholder(drv, "out", "out") not in {own, output}
    with pytest.raises(ValueError, match="not a valid derivation path"):
        _core.downstream_placeholder(drv.removesuffix(".drv"), "out")
