"""Derivations as Python sees them, against those that Nix 2.34 instantiated."""

import json
from pathlib import Path
from typing import Any

import pytest

from neve import _core

DATA = Path(__file__).parents[3] / "crates/formats/tests/data"
STORE = "/nix/store"
PATHS = {path.name: path for path in (DATA / "derivations").iterdir()}


def load(path: str) -> _core.Derivation:
    """One of the reference derivations."""
    name = path.removeprefix(f"{STORE}/")
    return _core.Derivation.parse(PATHS[name].read_bytes(), name[33:].removesuffix(".drv"))


def named(name: str) -> _core.Derivation:
    """The reference derivation of that name."""
    return next(load(path) for path in PATHS if path[33:] == f"{name}.drv")


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    """What `nix derivation show` says of them."""
    value: dict[str, dict[str, Any]] = json.loads((DATA / "derivations.json").read_text())
    return value["derivations"]


@pytest.mark.parametrize("path", sorted(PATHS))
def test_reference_derivations(path: str, shown: dict[str, Any]) -> None:
    """Text, path, JSON and output paths are those of Nix."""
    drv = load(path)
    assert drv.to_aterm() == PATHS[path].read_bytes()
    assert drv.store_path() == f"{STORE}/{path}"
    assert drv.to_json() == shown[path]
    assert _core.Derivation.from_json(shown[path]).to_aterm() == drv.to_aterm()
    _core.DerivationHashes(load).check(drv)


def test_fields_are_python_values() -> None:
    """A derivation's fields are text, lists and dictionaries."""
    drv = named("multi")
    assert drv.kind == "input-addressed"
    assert (drv.name, drv.system, drv.builder) == ("multi", "x86_64-linux", "/bin/sh")
    assert drv.args == ["-c", 'echo "hi" > $out', ""]
    assert drv.env["foo"] == "a\"b\\c\nd\te\rf é $x ''"
    assert drv.outputs["dev"].path == drv.env["dev"]
    assert drv.structured_attrs is None
    deps = named("on-deps")
    assert {frozenset(names) for names in deps.input_drvs.values()} >= {frozenset(["dev", "lib-x"])}
    assert [path[44:] for path in deps.input_srcs] == ["src"]


def test_outputs_tell_their_kind() -> None:
    """Which fields of an output are set follows from its kind."""
    fixed = named("fixed-nar").outputs["out"]
    assert (fixed.method, fixed.algorithm, fixed.is_impure) == ("nar", "sha1", False)
    assert fixed.digest == _core.hash_bytes("sha1", b"")
    assert fixed.path == named("fixed-nar").env["out"]
    floating = named("floating").outputs["doc"]
    assert (floating.path, floating.method, floating.digest) == (None, "nar", None)
    impure = named("impure").outputs["out"]
    assert (impure.method, impure.is_impure) == ("nar", True)
    deferred = named("deferred").outputs["man"]
    assert (deferred.path, deferred.method) == (None, None)
    kinds = {name: named(name).kind for name in ("fixed-md5", "floating", "impure", "deferred")}
    assert list(kinds.values()) == ["fixed", "floating", "impure", "deferred"]


def test_structured_attributes_are_values() -> None:
    """Structured attributes are not in the environment, and keep their types."""
    drv = named("structured")
    attrs = drv.structured_attrs
    assert attrs is not None
    assert "__json" not in drv.env
    assert attrs["nested"]["b"][:4] == [1, 2.5, None, True]
    assert (attrs["big"], attrs["flt"]) == (2**63 - 1, 1e-05)


def test_dynamic_inputs_are_apart() -> None:
    """Outputs of outputs stand in a field of their own."""
    drv = named("dynamic")
    (path,) = (path for path in drv.input_drvs if path.endswith("dyn.drv.drv"))
    assert drv.input_drvs[path] == set()
    out = drv.dynamic_inputs[path]["out"]
    assert out["outputs"] == {"out"}
    assert out["dynamic"]["a"] == {"outputs": {"b"}, "dynamic": {}}
    assert named("plain").dynamic_inputs == {}


def test_bytes_that_are_no_text_survive() -> None:
    """Values that are not UTF-8 become lone surrogates, and are an error in JSON."""
    text = named("plain").to_aterm().replace(b'"/bin/sh"', b'"/bin/\xff"')
    drv = _core.Derivation.parse(text, "plain")
    assert drv.builder == "/bin/\udcff"
    assert drv.to_aterm() == text
    with pytest.raises(ValueError, match="is not valid UTF-8"):
        drv.to_json()


def test_outputs_are_completed() -> None:
    """A derivation without output paths gets those that Nix computes."""
    value = named("on-deps").to_json()
    value["outputs"] = {"out": {}}
    value["env"]["out"] = ""
    blank = _core.Derivation.from_json(value)
    assert blank.kind == "deferred"
    hashes = _core.DerivationHashes(load)
    assert hashes.complete(blank).to_aterm() == named("on-deps").to_aterm()
    value["outputs"]["out"] = {"path": f"{'0' * 32}-on-deps"}
    wrong = _core.Derivation.from_json(value)
    with pytest.raises(ValueError, match="has incorrect output"):
        hashes.check(wrong)
    assert set(hashes.output_hashes(named("multi"))) == {"out", "dev", "lib-x"}


def test_errors_of_load_come_through() -> None:
    """What `load` raises is raised."""

    def fail(path: str) -> _core.Derivation:
        raise LookupError(path)

    with pytest.raises(LookupError):
        _core.DerivationHashes(fail).check(named("on-deps"))


def test_inputs_are_resolved() -> None:
    """Paths replace input derivations and their placeholders, and then output paths can be known."""
    drv = named("deferred")
    (floating,) = drv.input_drvs
    paths: dict[tuple[str, ...], str] = {
        (floating, "out"): f"{STORE}/{'a' * 32}-floating",
        (floating, "doc"): f"{STORE}/{'b' * 32}-floating-doc",
    }
    resolved = drv.resolve(paths)
    assert resolved.input_drvs == {}
    assert resolved.input_srcs == set(paths.values())
    assert resolved.env["dep"] == paths[floating, "out"]
    assert resolved.env["dep2"] == paths[floating, "doc"]
    complete = _core.DerivationHashes(load).complete(resolved)
    path = complete.outputs["man"].path
    assert path is not None
    assert complete.env["man"] == path
    with pytest.raises(
        ValueError, match=r"^the path of output '(out|doc)' of derivation '.*' is not known$"
    ):
        drv.resolve({})


def test_dynamic_inputs_are_resolved() -> None:
    """The path of an output of an output is asked for by all its names."""
    drv = named("dynamic2")
    (producer,) = drv.input_drvs
    paths: dict[tuple[str, ...], str] = {
        (producer, "out"): f"{STORE}/{'a' * 32}-dyn.drv",
        (producer, "out", "out"): f"{STORE}/{'b' * 32}-product",
    }
    resolved = drv.resolve(paths)
    assert resolved.env["x"] == paths[producer, "out", "out"]
    assert resolved.env["y"] == paths[producer, "out"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "derivation does not start with 'Derive' or 'DrvWithVersion'"),
        (b"Derive([", "expected string '\\(' at offset 8"),
        (b'DrvWithVersion("x",', "Unknown derivation ATerm format version 'x'"),
        (b'Derive([("out","","",""', "expected string"),
        (b'Derive([("out', "unterminated string in derivation"),
    ],
)
def test_malformed_text_is_refused(text: bytes, message: str) -> None:
    """What is no derivation raises `ValueError` with the message of Nix."""
    with pytest.raises(ValueError, match=message):
        _core.Derivation.parse(text, "x")


def test_malformed_json_is_refused() -> None:
    """So does JSON that describes none."""
    value = named("plain").to_json()
    with pytest.raises(ValueError, match="Unsupported derivation JSON format version 3"):
        _core.Derivation.from_json({**value, "version": 3})
    with pytest.raises(ValueError, match="Expected JSON object to contain key 'name'"):
        _core.Derivation.from_json({})
    with pytest.raises(ValueError, match="has no form in JSON"):
        _core.Derivation.from_json({**value, "args": object()})
