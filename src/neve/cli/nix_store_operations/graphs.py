"""What paths refer to, drawn: as a tree, for dot, as GraphML."""

from __future__ import annotations

import heapq
import itertools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Final, TextIO

    from neve.store import PathInfo, Store

_COLOURS: Final = ("black", "red", "green", "blue", "magenta", "burlywood")
_GRAPHML_HEAD: Final = """\
<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns='http://graphml.graphdrawing.org/xmlns'
    xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'
    xsi:schemaLocation='http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd'>
<key id='narSize' for='node' attr.name='narSize' attr.type='long'/>\
<key id='name' for='node' attr.name='name' attr.type='string'/>\
<key id='type' for='node' attr.name='type' attr.type='string'/>\
<graph id='G' edgedefault='directed'>
"""


def write_tree(store: Store, path: str, seen: set[str], out: TextIO) -> None:
    """Each path below what refers to it; one that was shown before ends in `[...]`."""
    # The last element says how the line begins, the one before how lines below it do.
    stack = [(path, "", "")]
    while stack:
        current, first, rest = stack.pop()
        if current in seen:
            out.write(f"{first}{current} [...]\n")
            continue
        seen.add(current)
        out.write(f"{first}{current}\n")
        # What others of the list need comes first, which keeps the tree flat.
        children = store.sort_topologically(store.query_references(current))[::-1]
        for position, child in reversed(list(enumerate(children, 1))):
            is_last = position == len(children)
            stack.append(
                (
                    child,
                    rest + ("└───" if is_last else "├───"),
                    rest + ("    " if is_last else "│   "),
                )
            )


def write_dot(store: Store, paths: Iterable[str], out: TextIO) -> None:
    """The graph in the language of dot."""
    colours = itertools.cycle(_COLOURS)
    out.write("digraph G {\n")
    for info, others in _walk(store, paths):
        name = _base_name(info.path)
        label = name.partition("-")[2]
        out.write(
            f'"{name}" [label = "{label}", shape = box, style = filled, fillcolor = "#ff0000"];\n'
        )
        out.writelines(
            f'"{_base_name(other)}" -> "{name}" [color = "{next(colours)}"];\n' for other in others
        )
    out.write("}\n")


def write_graphml(store: Store, paths: Iterable[str], out: TextIO) -> None:
    """The graph as GraphML."""
    out.write(_GRAPHML_HEAD)
    for info, others in _walk(store, paths):
        name = _base_name(info.path)
        # What precedes the first dash, with it; readers of this format expect nothing where there is none.
        stem, dash, _ = name.partition("-")[2].partition("-")
        symbol = f"{stem}-" if dash else ""
        kind = "derivation" if name.endswith(".drv") else "output-path"
        out.write(
            f'  <node id="{name}">\n'
            f'    <data key="narSize">{info.nar_size}</data>\n'
            f'    <data key="name">{symbol}</data>\n'
            f'    <data key="type">{kind}</data>\n'
            "  </node>\n"
        )
        out.writelines(
            f'  <edge source="{name}" target="{_base_name(other)}"/>\n' for other in others
        )
    out.write("</graph>\n</graphml>\n")


def _walk(store: Store, paths: Iterable[str]) -> Iterator[tuple[PathInfo, list[str]]]:
    """Everything that the paths refer to, always the first by name of what is known and not yet shown."""
    start = sorted(set(paths))
    infos = store.query_path_infos(store.compute_closure(start))
    done: set[str] = set()
    while start:
        path = heapq.heappop(start)
        if path in done:
            continue
        done.add(path)
        others = sorted(infos[path].references - {path})
        yield infos[path], others
        for other in others:
            if other not in done:
                heapq.heappush(start, other)


def _base_name(path: str) -> str:
    return path.rpartition("/")[2]
