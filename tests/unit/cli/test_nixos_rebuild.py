"""Command lines of `nixos-rebuild`."""

import pytest

from neve.cli.nixos_rebuild import spell_flake
from neve.cli.system_sources import SystemSource, choose_source


@pytest.mark.parametrize(
    ("words", "spelt"),
    [
        (["switch", "--flake"], ["switch", "--flake", "."]),
        (["switch", "--flake", ".#x"], ["switch", "--flake", ".#x"]),
        (["--flake", "switch"], ["--flake", ".", "switch"]),
        (["-F", "--json"], ["-F", ".", "--json"]),
        (["--flake=/etc#a", "boot"], ["--flake", "/etc#a", "boot"]),
    ],
)
def test_flake_without_value(words: list[str], spelt: list[str]) -> None:
    """`--flake` may stand alone: then it is the current folder."""
    assert spell_flake(words) == spelt


def test_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags come first, then the machine's own flake, then `<nixpkgs/nixos>`."""
    monkeypatch.setattr("socket.gethostname", lambda: "box")
    there: set[str] = set()
    monkeypatch.setattr("os.path.exists", lambda path: path in there)
    assert choose_source() == SystemSource("<nixpkgs/nixos>", None, "")
    there.add("/etc/nixos/flake.nix")
    path = 'nixosConfigurations."box"'
    assert choose_source() == SystemSource(None, "/etc/nixos", path)
    assert choose_source(ignores_system_flake=True).is_default
    assert choose_source(file="a.nix", attr_path="b") == SystemSource("a.nix", None, "b")
    assert choose_source(attr_path="b") == SystemSource("default.nix", None, "b")
    named = choose_source(flake="github:a/b#c")
    assert named == SystemSource(None, "github:a/b", 'nixosConfigurations."c"')
    assert choose_source(flake=".", host="far").attr_path == 'nixosConfigurations."far"'
