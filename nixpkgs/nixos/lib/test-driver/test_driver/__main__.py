"""`python3 -m test_driver` is the command `nixos-test-driver`."""

import sys

from test_driver.cli import main

if __name__ == "__main__":
    sys.exit(main())
