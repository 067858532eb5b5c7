"""What can go wrong, as classes.

DriverError
├── ConfigurationError        flags, the configuration file or the test's networks make no sense
├── MachineError              a machine, or the driver's hold on it, is broken
└── AssertionFailedError      a check of the test script does not hold (an AssertionError, too)
    └── ActionTimedOutError   … because it did not come true in time
"""


class DriverError(Exception):
    """Any failure that is not a defect of the driver; `machine` names the machine that it is about."""

    machine: str | None = None


class ConfigurationError(DriverError):
    """The driver cannot start with what it was given."""


class MachineError(DriverError):
    """A machine does not work, or a tool that the driver needs for it is missing."""


class AssertionFailedError(DriverError, AssertionError):
    """A check of the test script does not hold."""


class ActionTimedOutError(AssertionFailedError):
    """What the script waited for did not happen within its limit."""
