"""From package lists to units."""

from pathlib import Path

import pytest

from neve.debian.control import Package, parse_packages
from neve.debian.errors import ControlFormatError, UnsatisfiableError
from neve.debian.resolve import Resolution, resolve
from neve.debian.rules import Rules


def stanza(name: str, version: str = "1", **fields: str) -> str:
    """A package list's entry; `pre_depends` stands for `Pre-Depends`."""
    lines = [
        f"Package: {name}",
        f"Version: {version}",
        f"Filename: pool/{name}.deb",
        "Size: 1",
        "SHA256: 00",
    ]
    lines += [f"{key.replace('_', '-').title()}: {value}" for key, value in fields.items()]
    return "\n".join(lines) + "\n"


def packages(*stanzas: str) -> list[Package]:
    """Those of a package list."""
    return parse_packages(
        "\n".join(stanzas).encode(), component="main", archive="debian", origin="test"
    )


def resolved(*stanzas: str, rules: Rules | None = None) -> Resolution:
    """The resolution of a single list."""
    return resolve(packages(*stanzas), rules or Rules())


def test_continued_fields_are_one() -> None:
    """A field may go on in indented lines; unknown fields are passed over."""
    text = stanza("a", depends="b,\n c (>= 1)", tag="x::y,\n Package: fake")
    (package,) = packages(text)
    assert package.name == "a"
    assert package.depends == "b, c (>= 1)"


def test_list_with_a_broken_entry_is_refused() -> None:
    """The message names the list, the package and the field."""
    with pytest.raises(
        ControlFormatError,
        match="package list test cannot be read: a has no usable field 'Version'",
    ):
        packages("Package: a\nFilename: x\nSize: 1\nSHA256: 0\n")


def test_direct_dependencies() -> None:
    """Both kinds of dependency count, recommendations do not."""
    result = resolved(
        stanza("a", depends="b", pre_depends="c:any", recommends="d"),
        stanza("b"),
        stanza("c"),
        stanza("d"),
    )
    assert result.units["a"].depends == ["b", "c"]


def test_first_satisfiable_alternative() -> None:
    """Versions decide which alternative is taken."""
    result = resolved(
        stanza("a", depends="b (>= 2) | c (<< 2) | d"), stanza("b"), stanza("c"), stanza("d")
    )
    assert result.units["a"].depends == ["c"]


def test_highest_version_counts() -> None:
    """A package that several suites have is taken in its highest version."""
    result = resolved(stanza("a", "1.9"), stanza("a", "1.10"), stanza("a", "1.10~rc1"))
    assert result.packages["a"].version == "1.10"


def test_versioned_provides() -> None:
    """A versioned dependency accepts a provider only if it provides a version that fits."""
    result = resolved(
        stanza("a", depends="v (>= 2)"),
        stanza("x", provides="v"),
        stanza("y", provides="v (= 1)"),
        stanza("z", provides="v (= 2)"),
    )
    assert result.units["a"].depends == ["z"]


def test_choice_among_providers() -> None:
    """Rules choose first, then priority, then the name."""
    lists = (
        stanza("a", depends="v"),
        stanza("p", provides="v", priority="optional"),
        stanza("q", provides="v", priority="important"),
        stanza("r", provides="v", priority="important"),
    )
    assert resolved(*lists).units["a"].depends == ["q"]
    assert resolved(*lists, rules=Rules(provider={"v": "p"})).units["a"].depends == ["p"]


def test_cycles_become_one_unit() -> None:
    """Packages that need each other are one unit, which others depend on."""
    result = resolved(
        stanza("a", depends="b"),
        stanza("b", depends="cc, d"),
        stanza("cc", depends="b"),
        stanza("d"),
    )
    assert result.units["b"].members == ["b", "cc"]
    assert result.units["b"].depends == ["d"]
    assert result.units["a"].depends == ["b"]
    assert result.unit_of["cc"] == "b"


def test_rules_merge_drop_keep_and_add() -> None:
    """Each kind of rule has its effect on the graph."""
    lists = (
        stanza("one", depends="helper"),
        stanza("two", depends="helper, left"),
        stanza("left"),
        stanza("right", depends="base"),
        stanza("base"),
        stanza("helper"),
    )
    rules = Rules(
        drop=frozenset({"helper"}),
        keep={"helper": frozenset({"two"})},
        add={"one": ("base",)},
        groups={"pair": ("left", "right")},
    )
    result = resolved(*lists, rules=rules)
    assert result.units["one"].depends == ["base"]
    assert result.units["two"].depends == ["helper", "pair"]
    assert result.units["pair"].members == ["left", "right"]
    assert result.units["pair"].depends == ["base"]


def test_recommended_modules_are_dependencies() -> None:
    """A language's modules count, unless they would close a cycle or bring many packages with them."""
    many = [f"part{number}" for number in range(20)]
    result = resolved(
        stanza(
            "app",
            depends="base",
            recommends="python3-x (>= 1), python3-large | other, tool, python3-none",
        ),
        stanza("base", recommends="python3-x"),
        stanza("python3-x", depends="base"),
        stanza("python3-large", depends=", ".join(many)),
        stanza("tool"),
        *map(stanza, many),
        rules=Rules(modules=("python3-.+",)),
    )
    assert result.units["app"].depends == ["base", "python3-x"]
    assert result.units["base"].depends == []
    assert result.unsatisfied == {}


def test_group_that_closes_a_cycle_takes_it_in() -> None:
    """What stands between two members of a group joins it."""
    result = resolved(
        stanza("left", depends="between"),
        stanza("between", depends="right"),
        stanza("right"),
        rules=Rules(groups={"pair": ("left", "right")}),
    )
    assert result.units["pair"].members == ["between", "left", "right"]


def test_rules_for_another_release_are_refused() -> None:
    """A group whose members are gone is an error that names them."""
    with pytest.raises(UnsatisfiableError, match=r"does not have: python3\.12"):
        resolved(stanza("a"), rules=Rules(groups={"python3": ("python3.12",)}))


def test_unsatisfied_dependency_is_recorded() -> None:
    """What nothing satisfies is kept by name instead of being lost."""
    result = resolved(stanza("a", depends="b (>= 2), c"), stanza("b"), stanza("c"))
    assert result.unsatisfied == {"a": ["b (>= 2)"]}


def test_separate_suite_stands_beside() -> None:
    """Backports depend on ordinary packages where they suffice, on each other otherwise, and replace nothing."""
    result = resolve(
        packages(stanza("a", depends="lib"), stanza("lib"), stanza("tool")),
        Rules(),
        {
            "bpo": packages(
                stanza("a", "2", depends="lib (>= 2), tool"),
                stanza("lib", "2"),
                stanza("tool", "2"),
            )
        },
    )
    assert result.units["a"].depends == ["lib"]
    assert result.units["a/bpo"].depends == ["lib/bpo", "tool"]


def test_core_is_what_interpreters_need() -> None:
    """The interpreters' own dependencies are known, so that they need no interpreter."""
    result = resolved(
        stanza("sh", depends="libc"), stanza("libc"), stanza("x"), rules=Rules(interpreters=("sh",))
    )
    assert result.core == {"sh", "libc"}


def test_modules_that_dependents_may_import() -> None:
    """An interpreter's assumed modules are known by unit, with all that cannot have them without a cycle."""
    rules = Rules(assumed={"python": ("resources",)})
    result = resolved(
        stanza("python", depends="libc"),
        stanza("libc"),
        stanza("resources", depends="python, setup"),
        stanza("setup", depends="python, resources"),
        stanza("program", depends="python"),
        rules=rules,
    )
    (unit,) = result.assumed["python"].units
    assert unit == result.unit_of["resources"] == result.unit_of["setup"]
    assert result.assumed["python"].without == {unit, "python", "libc"}
    with pytest.raises(UnsatisfiableError, match="resources"):
        resolved(stanza("python"), rules=rules)


def test_shipped_rules_can_be_read() -> None:
    """The package set's own rules file is well formed."""
    rules = Rules.load(Path(__file__).parents[3] / "nixpkgs/pkgs/debian/rules.toml")
    assert "dash" in rules.interpreters
    assert "python3.13" in rules.groups["python3"]
