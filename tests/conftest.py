"""What holds for all tests."""

import signal


def pytest_configure() -> None:
    """Lets programs under test see Ctrl-C, which a shell that starts the tests in the background makes ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
