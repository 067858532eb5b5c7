"""Failed transfers in words."""

from neve.transfer_errors import explain


def test_a_failure_reads_as_curls_users_know_it() -> None:
    """First the kind with its number, then what it was this time."""
    said = explain(7, "Failed to connect to localhost port 1")
    assert said == "Could not connect to server (7) Failed to connect to localhost port 1"
    assert explain(6, "") == "Could not resolve hostname (6)"
    assert explain(999, "odd") == "libcurl failed (999) odd"
