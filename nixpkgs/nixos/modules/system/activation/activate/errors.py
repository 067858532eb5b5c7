"""What can go wrong in a step."""


class ActivationError(Exception):
    """A step cannot be done; the message says why, and what to do."""
