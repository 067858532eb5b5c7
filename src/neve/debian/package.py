"""The builder `builtin:debian`: from `.deb` files to a store object that runs on any Linux system.

It runs inside Neve, starts no program of the packages, and gives the same bytes every time. The attributes of its
derivations:

    debs            the package files, in the order in which they are unpacked
    dependencies    the store objects of the packages that this one depends on
    interpreters    the store objects whose interpreters its scripts may use without depending on them
    modules         the store objects whose modules its Python files may import without depending on them
    certificates    the store object with the certificates of public authorities, for programs that speak TLS
    compiledPaths   whether programs look for data in places that were compiled into them
    wrappers        JSON: programs that are started with flags or variables, see `neve.debian.wrapper`
    pname, version  what the record says
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from neve.debian.alternatives import add_alternatives
from neve.debian.architecture import Architecture
from neve.debian.assumed import add_assumed_modules
from neve.debian.certificates import add_bundle, point_python
from neve.debian.context import Context
from neve.debian.dependencies import Dependencies, RealPath, write_record
from neve.debian.errors import DebianError, PackageFormatError
from neve.debian.interpreters import add_interpreters
from neve.debian.java import point_archives
from neve.debian.layout import Placement
from neve.debian.link import make_links
from neve.debian.loader import confine_loader
from neve.debian.patch import patch_programs
from neve.debian.programs import wrap_programs
from neve.debian.support import (
    link_contents_of_metapackage,
    link_java_programs,
    propagate_development_inputs,
)
from neve.debian.text import rewrite_texts
from neve.debian.unpack import Tree, unpack
from neve.debian.wrapper import Wrapper, add_wrappers


@dataclass(frozen=True)
class PackageRecipe:
    """The builder's inputs; all paths are store paths."""

    name: str
    version: str
    system: str
    output: str
    debs: tuple[str, ...]
    dependencies: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    certificates: str | None = None
    has_compiled_paths: bool = False
    wrappers: dict[str, Wrapper] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], system: str) -> Self:
        """Reads a derivation's attributes; raises `DebianError` when one is missing."""

        def words(name: str) -> tuple[str, ...]:
            return tuple(environment.get(name, "").split())

        try:
            return cls(
                environment["pname"],
                environment["version"],
                system,
                environment["out"],
                words("debs"),
                words("dependencies"),
                words("interpreters"),
                words("modules"),
                environment.get("certificates") or None,
                environment.get("compiledPaths") == "1",
                Wrapper.parse_table(environment.get("wrappers", "")),
            )
        except KeyError as error:
            raise DebianError(
                f"a derivation with the builder builtin:debian lacks the attribute {error}"
            ) from error


def build_package(recipe: PackageRecipe, root: str, real_path: RealPath) -> Context:
    """Makes the package in the directory `root`, which must not exist.

    `real_path` tells where a store path lies on this machine. Raises `PackageFormatError` for a bad package;
    `root` then holds a part of the package and is the caller's to remove.
    """
    context = _prepare(recipe, root, real_path)
    context.tree.add_root()
    scripts = []
    for deb in recipe.debs:
        try:
            control = unpack(real_path(deb), context.tree, context.placement)
        except PackageFormatError as error:
            raise PackageFormatError(f"{recipe.name} {recipe.version}: {error}") from error
        scripts.append(control.get("postinst", ""))
    add_assumed_modules(context, recipe.modules)
    add_alternatives(context, scripts)
    dangling = make_links(context)
    rewrite_texts(context)
    point_python(context)
    add_bundle(context)
    patch_programs(context)
    confine_loader(context)
    link_contents_of_metapackage(context)
    link_java_programs(context)
    propagate_development_inputs(context)
    point_archives(context)
    add_interpreters(context)
    wrap_programs(context, has_compiled_paths=recipe.has_compiled_paths)
    add_wrappers(context, recipe.wrappers)
    write_record(root, _record(recipe, context, dangling))
    return context


def _prepare(recipe: PackageRecipe, root: str, real_path: RealPath) -> Context:
    architecture = Architecture.from_system(recipe.system)
    return Context(
        name=recipe.name,
        tree=Tree(root),
        output=recipe.output,
        direct=recipe.dependencies,
        dependencies=Dependencies(recipe.dependencies, real_path),
        interpreters=Dependencies(recipe.interpreters, real_path),
        architecture=architecture,
        placement=Placement(architecture.triplet),
        certificates=recipe.certificates,
        planned=frozenset(recipe.wrappers),
    )


def _record(recipe: PackageRecipe, context: Context, dangling: list[str]) -> dict[str, object]:
    record: dict[str, object] = {
        "name": recipe.name,
        "version": recipe.version,
        "dependencies": list(context.direct),
        "setId": context.tree.set_id,
        "danglingLinks": dangling,
        "missingLibraries": context.missing_libraries,
    }
    return {key: value for key, value in record.items() if value}
