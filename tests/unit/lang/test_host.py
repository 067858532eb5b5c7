"""What expressions may do to the world, without an evaluator."""

import pytest

from neve.errors import ImportFromDerivationError, NeveError
from neve.lang.host import Effects, Host, store_directory
from neve.settings import Settings


def make(effects: Effects | None = None) -> tuple[Host, list[tuple[str, str]]]:
    said: list[tuple[str, str]] = []
    settings = Settings({"HOME": "/homeless"})
    return Host(settings, lambda *words: said.append(words), effects=effects), said


def test_messages_are_passed_on() -> None:
    """Level and text arrive as they are."""
    host, said = make()
    host.message("trace", "hello")
    assert said == [("trace", "hello")]


def test_without_fetchers_and_builder_the_error_says_so() -> None:
    """Nothing is pretended: what was wanted is named, and a way out."""
    host, _ = make()
    with pytest.raises(NeveError, match=r"cannot fetch 'https://h/x': .* use a local path"):
        host.fetch("fetchurl", {"url": "https://h/x"})
    with pytest.raises(ImportFromDerivationError, match=r"cannot build '/s/a.drv\^out'"):
        host.realise([("/s/a.drv", "out")])
    assert host.debug("breakpoint", None, []) == "continue"


def test_imports_from_derivations_are_told_of_where_that_is_wanted() -> None:
    """`trace-import-from-derivation` warns of each build before it begins."""
    said: list[tuple[str, str]] = []
    settings = Settings({"HOME": "/homeless"})
    effects = Effects(realise=lambda wanted: dict.fromkeys(wanted, "/s/out"))
    host = Host(settings, lambda *words: said.append(words), effects=effects)
    host.realise([("/s/a.drv", "out")])
    assert said == []
    settings.set("trace-import-from-derivation", "true")
    host.realise([("/s/a.drv", "out")])
    warning = "built '/s/a.drv^out' during evaluation due to an import from derivation"
    assert said == [("notice", warning)]


def test_lookup_path_entries_are_fetched() -> None:
    """Addresses and channels are archives, `flake:` is a flake's tree."""
    asked: list[tuple[str, object]] = []

    def fetch(function: str, arguments: dict[str, object]) -> dict[str, object]:
        asked.append((function, arguments))
        return {"outPath": "/s/x"}

    host, _ = make(Effects(fetch=fetch))
    assert host.lookup_path_entry("channel:nixos-23.11") == "/s/x"
    assert host.lookup_path_entry("flake:nixpkgs") == "/s/x"
    assert asked == [
        ("fetchTarball", {"url": "channel:nixos-23.11"}),
        ("fetchTree", {"type": "indirect", "id": "nixpkgs"}),
    ]


@pytest.mark.parametrize(
    ("uri", "environment", "directory"),
    [
        ("auto", {}, "/nix/store"),
        ("auto", {"NIX_STORE_DIR": "/my/store/"}, "/my/store"),
        ("/root/dir", {"NIX_STORE_DIR": "/my/store"}, "/nix/store"),
        ("local?store=/a/b", {}, "/a/b"),
        ("local?root=/r&store=/a", {}, "/a"),
    ],
)
def test_store_directory_without_opening_the_store(
    uri: str, environment: dict[str, str], directory: str
) -> None:
    """Paths can be computed where no store exists; the answer is that of the store's own layout."""
    from neve.store.opening import find_layout

    assert store_directory(uri, environment) == directory
    assert find_layout(uri, environment).store_dir == directory
