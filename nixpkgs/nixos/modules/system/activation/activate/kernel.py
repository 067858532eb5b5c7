"""What the kernel is told."""

from activate.target import Target


def _tell(target: Target, path: str, value: str) -> None:
    try:
        with open(target.path(path), "w", encoding="utf-8") as stream:
            stream.write(value)
    except OSError:
        return  # Containers and chroots may not set it, and have nothing of their own to set.


def set_host_name(target: Target, name: str) -> None:
    """Give the machine the name `name`, unless it is empty."""
    if name and not target.is_dry:
        _tell(target, "/proc/sys/kernel/hostname", name)


def set_modprobe(target: Target, program: str) -> None:
    """Let the kernel load modules with `program`."""
    if not target.is_dry:
        _tell(target, "/proc/sys/kernel/modprobe", program)
