"""Components of graphs."""

import random

from neve.debian.graph import strongly_connected_components


def reachable(edges: dict[str, list[str]], start: str) -> set[str]:
    """All nodes that a walk from `start` can reach, itself included."""
    seen, pending = {start}, [start]
    while pending:
        new = set(edges[pending.pop()]) - seen
        seen |= new
        pending.extend(new)
    return seen


def test_components_of_random_graphs() -> None:
    """Two nodes share a component exactly when they reach each other, and users come after what they use."""
    generator = random.Random(4)
    for _ in range(60):
        nodes = [str(number) for number in range(generator.randint(1, 12))]
        edges = {
            node: generator.sample(nodes, generator.randint(0, min(3, len(nodes))))
            for node in nodes
        }
        components = strongly_connected_components(edges)
        place = {node: number for number, component in enumerate(components) for node in component}
        assert sorted(place) == sorted(nodes)
        for node in nodes:
            for other in reachable(edges, node):
                assert place[other] <= place[node]
                assert (place[other] == place[node]) == (node in reachable(edges, other))


def test_long_chains_do_not_recurse() -> None:
    """A chain far deeper than Python's stack is no problem."""
    edges = {str(number): [str(number + 1)] for number in range(20_000)} | {"20000": ["0"]}
    assert len(strongly_connected_components(edges)) == 1
