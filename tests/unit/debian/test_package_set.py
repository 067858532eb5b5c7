"""The package set's Nix code, over the index of a small archive."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import neve
from neve.debian.architecture import Architecture
from neve.debian.archive import PackageList, Snapshot
from neve.debian.errors import UnsupportedSystemError
from neve.debian.index import Source, resolve_source, write_index
from neve.debian.mirror import Suite
from neve.debian.rules import Rules

NIXPKGS = Path(__file__).parents[3] / "nixpkgs"
TABLE = NIXPKGS / "pkgs/debian"


def stanza(name: str, version: str = "1.0-1", depends: str = "", **fields: str) -> str:
    """An entry of a package list."""
    lines = [
        f"Package: {name}",
        f"Version: {version}",
        f"Filename: pool/{name}_{version}_amd64.deb",
        "Size: 1",
    ]
    lines += [f"SHA256: {'0' * 64}", f"Depends: {depends}"]
    return "\n".join(lines + [f"{key.title()}: {value}" for key, value in fields.items()]) + "\n\n"


MAIN = (
    stanza(
        "hello", "2.10-5", "libc6", description="example package", homepage="https://hello.example"
    )
    + stanza("libc6", "1:2.41~rc1-2", "libgcc-s1")
    + stanza("libgcc-s1", depends="libc6")
    + stanza("fd-find", depends="libc6")
    + stanza("openssl", depends="libssl3t64")
    + stanza("libssl-dev")
    + stanza("libgtk-3-0t64", section="libs")
    + stanza("editor", depends="libgtk-3-0t64", section="editors")
    + stanza("librecad", depends="libgtk-3-0t64", section="graphics")
    + stanza("viewer", depends="viewer-full")
    + stanza("viewer-full", depends="libgtk-3-0t64")
    + stanza("editor-dev", depends="libgtk-3-0t64", section="libdevel")
    + stanza("libfile-slurp-perl")
    + stanza("libssl3t64")
    + stanza("python3", "3.13.5-1", depends="libssl3t64")
    + stanza("python3-zombie-imp", depends="python3")
    + stanza("script", depends="python3")
    + stanza("ca-certificates", depends="openssl")
    + stanza("coreutils")
    + stanza("procps")
    + stanza("python3-yaml")
    + stanza("python3-pyqt5", depends="libgtk-3-0t64")
    + stanza("python3-viewer", depends="python3-pyqt5")
    + stanza("shower", depends="python3-shower")
    + stanza("python3-shower", depends="python3-pyqt5")
    + stanza("libspotify-dev")
    + stanza("slack", description="configuration management")
    + stanza("broken", depends="nothing-has-this")
    + "".join(stanza(name, depends="libc6") for name in ("dash", "bash", "perl-base"))
)
NONFREE = stanza("nvidia-driver")
BACKPORTS = stanza("hello", "3.0-1~bpo13+1") + stanza("hyprland", "0.5-1~bpo13+1")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of a small archive."""
    root = tmp_path_factory.mktemp("index")
    stable, beside = Suite("trixie"), Suite("trixie-backports", is_separate=True)
    lists = (
        PackageList(stable, "main", MAIN.encode()),
        PackageList(stable, "non-free", NONFREE.encode()),
        PackageList(beside, "main", BACKPORTS.encode()),
    )
    rules = Rules(
        interpreters=("dash", "bash", "perl-base"), assumed={"python3": ("python3-zombie-imp",)}
    )
    source = Source(Snapshot((), lists), rules, Architecture.from_system("x86_64-linux"))
    write_index(root / "x86_64-linux", source, resolve_source(source))
    return root


def evaluate(index: Path, expression: str, arguments: str = "") -> Any:
    """An expression over `pkgs` as Python data."""
    pkgs = f'import {NIXPKGS} {{ index = {index}; system = "x86_64-linux"; {arguments} }}'
    return neve.to_python(neve.evaluate(f"let pkgs = {pkgs}; in {expression}"))


PURE = "config = { }; overlays = [ ];"


def test_package_attributes(index: Path) -> None:
    """A package looks as users of nixpkgs expect."""
    package = evaluate(
        index,
        """with pkgs.hello; {
          inherit name pname version outputs outputName;
          inherit (meta) description homepage mainProgram;
          free = meta.license.free;
          isDerivation = pkgs.lib.isDerivation pkgs.hello;
        }""",
        PURE,
    )
    assert package == {
        "name": "hello-2.10-5",
        "pname": "hello",
        "version": "2.10-5",
        "outputs": ["out"],
        "outputName": "out",
        "description": "example package",
        "homepage": "https://hello.example",
        "mainProgram": "hello",
        "free": True,
        "isDerivation": True,
    }


def test_derivations(index: Path) -> None:
    """The builder gets files, dependencies, interpreters; members share a unit, core units need no interpreter."""
    result = evaluate(
        index,
        """{
          args = with pkgs.hello.drvAttrs; {
            inherit builder system;
            debs = map (deb: deb.url) debs;
            dependencies = map (one: one.name) dependencies;
            interpreters = map (one: one.pname) interpreters;
          };
          unit = map (deb: deb.name) pkgs.libc6.drvAttrs.debs;
          same = pkgs.libc6.drvPath == pkgs.libgcc-s1.drvPath;
          core = pkgs.bash.unwrapped.drvAttrs.interpreters;
          isPath = pkgs.lib.hasSuffix "-hello-2.10-5" pkgs.hello.outPath;
        }""",
        PURE,
    )
    assert result["args"] == {
        "builder": "builtin:debian",
        "system": "x86_64-linux",
        "debs": ["mirror://debian/pool/hello_2.10-5_amd64.deb"],
        "dependencies": ["libc6-2.41_rc1-2"],
        "interpreters": ["bash", "dash", "perl-base"],
    }
    assert result["unit"] == ["libc6_1_2.41_rc1-2_amd64.deb", "libgcc-s1_1.0-1_amd64.deb"]
    assert result["same"]
    assert result["core"] == []
    assert result["isPath"]


def test_inputs_that_nobody_declares(index: Path) -> None:
    """Dependents of Python may import what it once had, and of OpenSSL use certificates, but for what these need."""
    inputs = "drv: [ (map (one: one.pname) (drv.modules or [ ])) (drv ? certificates) ]"
    result = evaluate(
        index,
        f"""builtins.mapAttrs (_: package: ({inputs}) package.drvAttrs) {{
          inherit (pkgs.debianPackages) script python3 python3-zombie-imp openssl hello;
        }}""",
        PURE,
    )
    assert result == {
        "script": [["python3-zombie-imp"], False],
        "python3": [[], True],
        "python3-zombie-imp": [[], False],
        "openssl": [[], True],
        "hello": [[], False],
    }


def test_programs_under_more_names(index: Path) -> None:
    """A package with more names for its programs is what Debian's is otherwise, and can be changed like it."""
    result = evaluate(
        index,
        """{
          inherit (pkgs.bash) pname version; inherit (pkgs.bash.meta) mainProgram;
          isOther = pkgs.bash.outPath != pkgs.debianPackages.bash.outPath;
          unwrapped = pkgs.bash.unwrapped.outPath == pkgs.debianPackages.bash.outPath;
          changed = (pkgs.bash.overrideAttrs (old: { meta.description = "changed"; })).meta.description;
          priorities = [ pkgs.coreutils.meta.priority (pkgs.procps.meta.priority or 5) ];
          kill =
            let inherit (pkgs.coreutils.drvAttrs) script; in
            pkgs.lib.hasInfix "-procps-1.0-1/bin/kill" (builtins.unsafeDiscardStringContext script);
          python = [ pkgs.python3.pythonVersion (pkgs.lib.hasSuffix "/bin/python3" pkgs.python3.interpreter) ];
        }""",
        PURE,
    )
    assert result == {
        "pname": "bash",
        "version": "1.0-1",
        "mainProgram": "bash",
        "isOther": True,
        "unwrapped": True,
        "changed": "changed",
        "priorities": [10, 5],
        "kill": True,
        "python": ["3.13", True],
    }


def test_names_of_nixpkgs(index: Path) -> None:
    """Names that differ resolve; other outputs come from other packages; families follow Debian's names."""
    result = evaluate(
        index,
        """{
          fd = pkgs.fd.pname; program = pkgs.fd.meta.mainProgram;
          dev = pkgs.openssl.dev.pname; lib = (pkgs.lib.getLib pkgs.openssl).pname;
          yaml = pkgs.python3Packages.pyyaml.pname;
          later = pkgs.hyprland.version; stays = pkgs.hello.version;
          beside = pkgs.debianSuites.trixie-backports.hello.version;
        }""",
        PURE,
    )
    assert result == {
        "fd": "fd",
        "program": "fd",
        "dev": "libssl-dev",
        "lib": "libssl3t64",
        "yaml": "python3-yaml",
        "later": "0.5-1_bpo13+1",
        "stays": "2.10-5",
        "beside": "3.0-1_bpo13+1",
    }


def test_desktop_programs_are_wrapped(index: Path) -> None:
    """A program with a desktop's libraries, or that stands for one, is wrapped; libraries and headers are not.

    Modules of Python that use a toolkit are, since they come with programs; the toolkit's own are not.
    """
    names = ["editor", "viewer", "viewer-full", "python3-viewer", "shower"]
    others = ["editor-dev", "libgtk-3-0t64", "hello", "python3-pyqt5", "python3-yaml"]
    words = " ".join(f'"{name}"' for name in names + others)
    result = evaluate(
        index, f"pkgs.lib.genAttrs [ {words} ] (name: pkgs.${{name}} ? unwrapped)", PURE
    )
    assert [name for name in names + others if result[name]] == names


def test_programs_may_be_called_like_libraries(index: Path) -> None:
    """A program whose name begins with lib is no library; applications know of compiled paths, others do not."""
    assert evaluate(index, "pkgs.librecad ? unwrapped", PURE) is True
    assert evaluate(index, "pkgs.librecad.unwrapped.compiledPaths", PURE) is True
    assert evaluate(index, "pkgs.hello ? compiledPaths", PURE) is False


def test_overrides_reach_the_program_in_a_wrapper(index: Path) -> None:
    """What cannot be changed about a package cannot be changed about its wrapper either."""
    with pytest.raises(neve.EvaluationError, match="patches cannot be changed"):
        evaluate(index, "(pkgs.editor.overrideAttrs { patches = [ ]; }).name", PURE)
    changed = 'pkgs.editor.overrideAttrs { meta.description = "other"; }'
    assert evaluate(index, f"({changed}).meta.description", PURE) == "other"


def test_sets_of_modules(index: Path) -> None:
    """Perl's modules have nixpkgs' names."""
    assert evaluate(index, "pkgs.perlPackages.FileSlurp.pname", PURE) == "libfile-slurp-perl"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("pkgs.spotify", "Debian has no package for .spotify"),
        ("pkgs.spotify", "Debian's nearest names: libspotify-dev"),
        ("pkgs.slack", "Debian's nearest names: slack"),
        (
            "pkgs.vimPlugins.nvim-treesitter",
            "Debian has no package for .vimPlugins.nvim-treesitter",
        ),
        ("pkgs.pkgsStatic.openssl", "Debian has no statically linked .openssl"),
        (
            "pkgs.broken.outPath",
            r"broken-1\.0-1. needs what Debian's archive does not have \(nothing-has-this\)",
        ),
        ("pkgs.nvidia-driver.outPath", "has an unfree license"),
        ("(pkgs.hello.overrideAttrs { patches = [ ]; }).name", "patches cannot be changed"),
        ("pkgs.no-such-package", "attribute 'no-such-package' missing"),
    ],
)
def test_errors_say_what_to_do(index: Path, expression: str, message: str) -> None:
    """What cannot be had is an error with the reason, when it is used and not before."""
    with pytest.raises(neve.EvaluationError, match=message):
        evaluate(index, expression, PURE)


def test_system_without_index(index: Path) -> None:
    """Another system's packages are refused by name."""
    with pytest.raises(
        neve.EvaluationError, match="no package index for the system 'aarch64-linux'"
    ):
        neve.evaluate(
            f'import {NIXPKGS} {{ index = {index}; system = "aarch64-linux"; config = {{ }}; overlays = [ ]; }}'
        )


def test_system_that_nobody_has_packages_for(index: Path) -> None:
    """The error names the systems that have packages, which are those that the builder knows."""
    with pytest.raises(
        neve.EvaluationError, match="no packages for the system 'riscv64-linux'"
    ) as caught:
        neve.evaluate(
            f'import {NIXPKGS} {{ index = {index}; system = "riscv64-linux"; config = {{ }}; overlays = [ ]; }}'
        )
    with pytest.raises(UnsupportedSystemError) as refused:
        Architecture.from_system("riscv64-linux")
    for system in ("x86_64-linux", "aarch64-linux"):
        assert system in str(caught.value)
        assert system in str(refused.value)


@pytest.mark.parametrize(
    "config", ["allowUnfree = true;", 'allowUnfreePredicate = p: p.pname == "nvidia-driver";']
)
def test_unfree_packages_can_be_allowed(index: Path, config: str) -> None:
    """All of them, or those that a function names."""
    assert evaluate(
        index, "pkgs.nvidia-driver.outPath != null", f"config = {{ {config} }}; overlays = [ ];"
    )


def test_overlays_and_overrides(index: Path) -> None:
    """Overlays apply in order and see the final set; packages can be given other metadata."""
    overlays = "config = { }; overlays = [ (final: prev: { a = final.b; }) (final: prev: { b = prev.hello.pname; }) ];"
    assert evaluate(index, "pkgs.a", overlays) == "hello"
    assert evaluate(index, '(pkgs.extend (final: prev: { hello = "x"; })).hello', overlays) == "x"
    changed = 'pkgs.hello.overrideAttrs (old: { pname = old.pname + "2"; meta.position = 1; })'
    assert evaluate(index, f"({changed}).name", PURE) == "hello2-2.10-5"
    assert evaluate(index, f"({changed}).meta.description", PURE) == "example package"
    config = "config.packageOverrides = pkgs: { hello = pkgs.fd; }; overlays = [ ];"
    assert evaluate(index, "pkgs.hello.pname", config) == "fd"


def test_call_package(index: Path) -> None:
    """Functions get the packages that they name, and can be called again with others."""
    called = (
        "(pkgs.callPackage ({ hello, lib, extra ? 1 }: { v = hello.pname; inherit extra; }) { })"
    )
    assert evaluate(index, f"{called}.v", PURE) == "hello"
    assert evaluate(index, f"({called}.override {{ extra = 2; }}).extra", PURE) == 2
    with pytest.raises(neve.EvaluationError, match="nothing-like-it"):
        evaluate(index, "pkgs.callPackage ({ nothing-like-it }: { }) { }", PURE)


def test_tables_are_well_formed() -> None:
    """Wrappers only name programs and known keys; no absent name is given a package as well."""
    wrappers = tomllib.loads((TABLE / "wrappers.toml").read_text())
    keys = {key for unit in wrappers.values() for entry in unit.values() for key in entry}
    starts = {"program", "flags", "environment", "descriptors", "certificates"}
    assert keys <= starts | {"replace", "substitute"}
    named = set(re.findall(r"^  ([\w-]+) = ", (TABLE / "names.nix").read_text(), re.MULTILINE))
    absent = set(re.findall(r'^  "(.+)"$', (TABLE / "absent.nix").read_text(), re.MULTILINE))
    assert len(named) > 300
    assert not named & absent
