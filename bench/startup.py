"""How long a command takes to start: `nix-instantiate --eval -E 1`, against a reference Nix in the same run.

    bench/startup.py [RUNS]

Bar: at most 60 ms on an idle machine, and at most 2.5 times the reference.
"""

import sys

from cost import median, run
from peer import HOW_TO_NAME_ONE, own_program, peer_command, prefix_cost

ARGUMENTS = ["--eval", "-E", "1"]


def seconds(command: list[str], runs: int) -> float:
    """The median of that many runs, on the clock."""
    return median([run(command) for _ in range(runs)]).clock


def main() -> None:
    """Measures and prints."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 41
    own = seconds([str(own_program("nix-instantiate")), *ARGUMENTS], runs)
    print(f"neve       {own * 1000:6.1f} ms   (median of {runs})")
    bare = seconds([sys.executable, "-c", "pass"], runs)
    print(f"  of which the Python interpreter {bare * 1000:.1f} ms")
    peer = peer_command("nix-instantiate")
    if peer is None:
        print(HOW_TO_NAME_ONE)
        return
    cost = prefix_cost(runs)
    reference = seconds([*peer, *ARGUMENTS], runs) - cost
    print(
        f"reference  {reference * 1000:6.1f} ms   (start of NEVE_PEER taken off: {cost * 1000:.1f} ms)"
    )
    print(f"ratio      {own / reference:6.2f}")


if __name__ == "__main__":
    main()
