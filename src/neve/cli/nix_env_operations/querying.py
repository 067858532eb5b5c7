"""`nix-env --query`: what is installed, and what could be."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from neve import terminal
from neve.cli import common
from neve.cli.building import build_flow
from neve.cli.nix_env_operations.arguments import EnvArguments, Operation
from neve.cli.nix_env_operations.sources import Sources
from neve.cli.options import Group, Option, flag, value
from neve.cli.profiles import chosen_profile
from neve.cli.user_environment import installed_packages
from neve.errors import AssertionFailedError, ThrownError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from neve.cli.building import BuildFlow
    from neve.lang.packages import Package

_DIFFERENCES: Final = {"less": ">", "equal": "=", "greater": "<", "none": "-"}


def _show(what: str) -> Any:
    def apply(arguments: EnvArguments) -> None:
        arguments.shown.add(what)

    return apply


def _hide_name(arguments: EnvArguments) -> None:
    arguments.shown.add("no-name")


@dataclass(frozen=True)
class _Query:
    """A query and what it needs to know."""

    arguments: EnvArguments
    flow: BuildFlow
    sources: Sources
    others: Sequence[Package]
    """What versions are compared with."""
    installed: frozenset[str]
    """Output paths of what is installed."""
    valid: frozenset[str]
    substitutable: frozenset[str]

    def shows(self, what: str) -> bool:
        """Whether something is to be shown."""
        return what in self.arguments.shown

    def compare(self, package: Package) -> tuple[str, str]:
        """How the version relates to those of the same name among the others, and the best of these."""
        state, best = "none", "?"
        name = package.parts
        for other in self.others:
            if other.parts.name != name.name:
                continue
            version = other.parts.version
            order = self.sources.compare_versions(name.version, version)
            if order < 0:
                state, best = "greater", version
            elif order == 0 and state != "greater":
                state, best = "equal", version
            elif order > 0 and state in {"less", "none"}:
                if state == "none" or self.sources.compare_versions(best, version) < 0:
                    best = version
                state = "less"
        return _DIFFERENCES[state], best


def _run(arguments: EnvArguments) -> None:
    shown = arguments.shown
    if "attr-path" in shown and not arguments.is_available:
        raise UsageError("--attr-path(-P) only works with --available")
    # Nothing is written: the paths of derivations are all that is shown.
    arguments.is_read_only = True
    session = common.open_session(arguments)
    with build_flow(arguments) as flow:
        sources = Sources(session, flow.store, arguments)
        installed: list[Package] = []
        available: list[Package] = []
        if not arguments.is_available or {"status", "versions"} & shown:
            profile = chosen_profile(arguments.settings, arguments.profile)
            installed = installed_packages(session, profile)
        if arguments.is_available or "versions" in shown:
            available = sources.available(arguments.query_attr_path)
        chosen = sources.filter(
            available if arguments.is_available else installed,
            arguments.operands,
            only_newest=False,
        )
        chosen.sort(key=lambda package: package.name.upper())
        others = installed if arguments.is_available else available
        _print(_make_query(arguments, flow, sources, (chosen, others, installed)), chosen)


def _make_query(
    arguments: EnvArguments,
    flow: BuildFlow,
    sources: Sources,
    packages: tuple[Sequence[Package], Sequence[Package], Sequence[Package]],
) -> _Query:
    chosen, others, installed = packages
    paths: set[str] = set()
    valid: set[str] = set()
    substitutable: set[str] = set()
    if "status" in arguments.shown or arguments.only_prebuilt:
        from neve.builder.goals import Path

        paths = {package.out_path for package in _evaluable(chosen)}
        valid = flow.store.query_valid_paths(paths)
        missing = flow.find_missing([Path(path) for path in sorted(paths - valid)])
        substitutable = set(missing.will_substitute) & paths
    return _Query(
        arguments,
        flow,
        sources,
        others,
        frozenset(package.out_path for package in installed if "status" in arguments.shown),
        frozenset(valid),
        frozenset(substitutable),
    )


def _evaluable(packages: Iterable[Package]) -> Iterator[Package]:
    """The packages whose path can be told; those that throw are left out."""
    for package in packages:
        try:
            package.out_path  # noqa: B018 - evaluated here, so that it fails here
        except (AssertionFailedError, ThrownError):
            terminal.say(
                f"skipping derivation named '{package.name}' which gives an assertion failure",
                level=4,
            )
        else:
            yield package


def _print(query: _Query, packages: Sequence[Package]) -> None:
    if query.shows("status") or query.arguments.only_prebuilt:
        packages = list(_evaluable(packages))
    if query.arguments.only_prebuilt:
        there = query.valid | query.substitutable
        packages = [package for package in packages if package.out_path in there]
    if query.arguments.output_format == "json":
        objects = {package.attr_path: _as_json(query, package) for package in packages}
        text = json.dumps(objects, indent=2, sort_keys=True, ensure_ascii=False)
        sys.stdout.write(f"{text}\n")
    elif query.arguments.output_format == "xml":
        sys.stdout.writelines(_xml(query, packages))
    else:
        sys.stdout.write(render_table([_columns(query, package) for package in packages]))


def render_table(rows: Sequence[Sequence[str]]) -> str:
    """Columns two spaces apart."""
    if not rows:
        return ""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.replace("\n", " ") for cell in row]
        padded = [cell.ljust(width) for cell, width in zip(cells[:-1], widths, strict=False)]
        lines.append("  ".join([*padded, *cells[-1:]]) + "\n")
    return "".join(lines)


def _columns(query: _Query, package: Package) -> list[str]:
    columns: list[str] = []
    if query.shows("status"):
        path = package.out_path
        columns.append(
            ("I" if path in query.installed else "-")
            + ("P" if path in query.valid else "-")
            + ("S" if path in query.substitutable else "-")
        )
    if query.shows("attr-path"):
        columns.append(package.attr_path)
    if not query.shows("no-name"):
        columns.append(package.name)
    if query.shows("versions"):
        sign, version = query.compare(package)
        columns.append(f"{sign} {version}")
    if query.shows("system"):
        columns.append(package.system)
    if query.shows("drv-path"):
        columns.append(package.drv_path or "-")
    if query.shows("out-path"):
        columns.append(
            ";".join(
                ("" if name == "out" else f"{name}=") + package.output_path(name)
                for name in package.output_names()
            )
        )
    if query.shows("description"):
        columns.append(package.meta_text("description"))
    return columns


def _as_json(query: _Query, package: Package) -> dict[str, Any]:
    name = package.parts
    shows_paths = query.shows("out-path")
    described: dict[str, Any] = {
        "name": name.full,
        "pname": name.name,
        "version": name.version,
        "system": package.system,
        "outputName": package.output_name,
        "outputs": {
            output: package.output_path(output) if shows_paths else None
            for output in package.output_names()
        },
    }
    drv_path = package.drv_path if query.shows("drv-path") else None
    if drv_path is not None:
        described["drvPath"] = drv_path
    if query.shows("meta"):
        described["meta"] = {}
        for meta_name in package.meta_names():
            found = package.meta(meta_name)
            if found is None:
                terminal.say(
                    f"derivation '{package.name}' has invalid meta attribute '{meta_name}'", level=0
                )
            described["meta"][meta_name] = None if found is None else json.loads(found.to_json())
    return described


# -- XML


def _xml(query: _Query, packages: Sequence[Package]) -> Iterator[str]:
    yield "<?xml version='1.0' encoding='utf-8'?>\n<items>\n"
    for package in packages:
        yield f"  <item{_attributes(_item(query, package))}>\n"
        for output in package.output_names():
            attributes = {"name": output}
            if query.shows("out-path"):
                attributes["path"] = package.output_path(output)
            yield f"    <output{_attributes(attributes)} />\n"
        if query.shows("meta"):
            yield from _xml_meta(package)
        yield "  </item>\n"
    yield "</items>\n"


def _item(query: _Query, package: Package) -> dict[str, str]:
    name = package.parts
    attributes = {
        "attrPath": package.attr_path,
        "name": name.full,
        "pname": name.name,
        "version": name.version,
        "outputName": package.output_name,
    }
    if query.shows("status"):
        path = package.out_path
        attributes["installed"] = str(int(path in query.installed))
        attributes["valid"] = str(int(path in query.valid))
        attributes["substitutable"] = str(int(path in query.substitutable))
    if query.shows("versions"):
        sign, version = query.compare(package)
        if sign != "-":
            attributes |= {"versionDiff": sign, "maxComparedVersion": version}
    if package.system:
        attributes["system"] = package.system
    drv_path = package.drv_path if query.shows("drv-path") else None
    if drv_path is not None:
        attributes["drvPath"] = drv_path
    description = package.meta_text("description") if query.shows("description") else ""
    if description:
        attributes["description"] = description
    return attributes


def _xml_meta(package: Package) -> Iterator[str]:
    for name in package.meta_names():
        found = package.meta(name)
        if found is None:
            terminal.say(
                f"derivation '{package.name}' has invalid meta attribute '{name}'", level=0
            )
            continue
        plain = json.loads(found.to_json())
        if isinstance(plain, list | dict):
            yield f"    <meta{_attributes({'name': name, 'type': 'strings'})}>\n"
            items = plain.items() if isinstance(plain, dict) else [(None, item) for item in plain]
            for key, item in items:
                if isinstance(item, str):
                    kind = {} if key is None else {"type": key}
                    yield f"      <string{_attributes({**kind, 'value': item})} />\n"
            yield "    </meta>\n"
            continue
        text = plain if isinstance(plain, str) else json.dumps(plain)
        attributes = {"name": name, "type": found.type, "value": text}
        yield f"    <meta{_attributes(attributes)} />\n"


def _attributes(attributes: Mapping[str, str]) -> str:
    entities = {'"': "&quot;", "\n": "&#xA;"}
    return "".join(
        f' {name}="{escape(text, entities)}"' for name, text in sorted(attributes.items())
    )


OPERATIONS: Final = (
    Operation(
        "-q --query",
        "Show what is installed, or with -a what could be.",
        _run,
        (
            Group(
                "Which packages",
                (
                    flag("--installed", "is_available", "Installed ones (the default).", to=False),
                    flag("-a --available", "is_available", "Those of the default expression."),
                    value("-A --attr", "query_attr_path", "PATH", "Those below an attribute."),
                ),
            ),
            Group(
                "What is shown",
                (
                    Option("-s --status", _show("status"), "Installed, present, substitutable."),
                    Option("-P --attr-path", _show("attr-path"), "The attribute path."),
                    Option("--no-name", _hide_name, "Not the name."),
                    Option("-c --compare-versions", _show("versions"), "Other versions."),
                    Option("--system", _show("system"), "The platform."),
                    Option("--drv-path", _show("drv-path"), "The derivation."),
                    Option("--out-path", _show("out-path"), "The outputs."),
                    Option("--description", _show("description"), "The description."),
                    Option("--meta", _show("meta"), "All meta attributes (XML and JSON)."),
                    flag("--json", "output_format", "As JSON.", to="json"),
                    flag("--xml", "output_format", "As XML.", to="xml"),
                ),
            ),
        ),
        "[NAME…]",
    ),
)
