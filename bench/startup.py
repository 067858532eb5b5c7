"""How long a command takes to start: `nix-instantiate --eval -E 1`, against a reference Nix in the same run.

    bench/startup.py [RUNS]

Bar: at most 60 ms on an idle machine, and at most 2.5 times the reference.
"""

import sys

from peer import HOW_TO_NAME_ONE, own_program, peer_command, prefix_cost, time_command

ARGUMENTS = ["--eval", "-E", "1"]


def main() -> None:
    """Measures and prints."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 41
    own = time_command([str(own_program("nix-instantiate")), *ARGUMENTS], runs=runs)
    print(f"neve       {own * 1000:6.1f} ms   (median of {runs})")
    bare = time_command([sys.executable, "-c", "pass"], runs=runs)
    print(f"  of which the Python interpreter {bare * 1000:.1f} ms")
    peer = peer_command("nix-instantiate")
    if peer is None:
        print(HOW_TO_NAME_ONE)
        return
    cost = prefix_cost(runs)
    reference = time_command([*peer, *ARGUMENTS], runs=runs) - cost
    print(
        f"reference  {reference * 1000:6.1f} ms   (start of NEVE_PEER taken off: {cost * 1000:.1f} ms)"
    )
    print(f"ratio      {own / reference:6.2f}")


if __name__ == "__main__":
    main()
