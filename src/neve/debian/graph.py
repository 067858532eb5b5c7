"""Groups of nodes that reach each other."""

from collections.abc import Mapping, Sequence


def strongly_connected_components(edges: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Components of a directed graph, each after those that it points to; every node is a key of `edges`.

    The path-based algorithm: `path` holds the nodes on the way to the current one that no cycle has joined yet.
    """
    order: dict[str, int] = {}
    finished: set[str] = set()
    pending: list[str] = []
    path: list[str] = []
    components = []
    for root in edges:
        work = [] if root in order else [(root, iter(edges[root]))]
        while work:
            node, successors = work[-1]
            if node not in order:
                order[node] = len(order)
                pending.append(node)
                path.append(node)
            successor = next(successors, None)
            if successor is None:
                work.pop()
                if path[-1] == node:
                    path.pop()
                    components.append(_take_component(pending, node))
                    finished.update(components[-1])
            elif successor not in order:
                work.append((successor, iter(edges[successor])))
            elif successor not in finished:
                while order[path[-1]] > order[successor]:
                    path.pop()
    return components


def _take_component(pending: list[str], first: str) -> list[str]:
    component: list[str] = []
    while not component or component[-1] != first:
        component.append(pending.pop())
    return component
