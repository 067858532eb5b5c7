"""What a machine's hardware asks of its configuration, read from /sys and /proc.

Everything that is missing there, as in containers, is simply not found.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from neve import process
from neve.process import ProcessError

if TYPE_CHECKING:
    from collections.abc import Iterable

_BROADCOM: Final = "0x14e4"
_BROADCOM_FULL_MAC: Final = frozenset(
    {"43a3", "43ba", "43bb", "43bc", "43c3", "43c4", "43c5", "43ca"}
    | {"43cb", "43cc", "43d3", "43d9", "43df", "43e9", "43ec", "aa52"}
)
_INTEL: Final = "0x8086"
_INTEL_2200BG: Final = frozenset(["1043", "104f", "4220", "4221", "4223", "4224"])
_INTEL_3945ABG: Final = frozenset(["4229", "4230", "4222", "4227"])
_INTEL_NPU: Final = frozenset(["fd3e", "7d1d", "ad1d", "643e", "b03e"])
_VIRTIO_SCSI: Final = frozenset({("0x1af4", "1004"), ("0x1af4", "1048")})
_BOOT_CLASSES: Final = ("0x01", "0x0c00", "0x0c03")
"""PCI classes that a boot may depend on: mass storage, FireWire, USB hosts."""
_HYPERVISORS: Final = {
    "QEMU": "qemu",
    "KVM": "kvm",
    "Bochs": "bochs",
    "innotek": "oracle",
    "VirtualBox": "oracle",
    "VMware": "vmware",
    "Xen": "xen",
    "Microsoft Corporation": "microsoft",
    "Parallels": "parallels",
}
"""What firmware calls its maker → what `systemd-detect-virt` calls the machine."""


@dataclass
class Hardware:
    """What goes into `hardware-configuration.nix`, in the order in which it was found."""

    virtualisation: str = "none"
    """As `systemd-detect-virt` names it."""
    initrd_available: list[str] = field(default_factory=list)
    initrd_modules: list[str] = field(default_factory=list)
    kernel_modules: list[str] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)
    """Paths below `modulesPath`."""
    attributes: list[str] = field(default_factory=list)
    """Further definitions, each a whole line."""


class Machine:
    """A machine whose /sys, /proc and /dev lie below `root`."""

    def __init__(self, root: str = "/") -> None:
        self._root: Final = root.rstrip("/")

    def detect(self) -> Hardware:
        """Everything that is found."""
        found = Hardware(virtualisation=self.detect_virtualisation())
        self._detect_processor(found)
        self._detect_pci(found)
        self._detect_usb(found)
        self._detect_block(found)
        self._apply_virtualisation(found)
        for name in ("initrd_available", "initrd_modules", "kernel_modules", "imports"):
            setattr(found, name, list(dict.fromkeys(getattr(found, name))))
        return found

    # -- virtualisation

    def detect_virtualisation(self) -> str:
        """What kind of machine this is: asks systemd's tool where there is one, else looks at the firmware's names."""
        program = None if self._root else shutil.which("systemd-detect-virt")
        if program is not None:
            try:
                output = process.capture([program], environment=process.minimal_environment())
            except ProcessError as error:
                # It ends with 1 on bare metal.
                return "none" if error.status == 1 else self._guess_virtualisation()
            return output.decode().strip()
        return self._guess_virtualisation()

    def _guess_virtualisation(self) -> str:
        if self._read("/run/systemd/container") or "container=" in self._read("/proc/1/environ"):
            return "systemd-nspawn"
        for name in ("product_name", "sys_vendor", "board_vendor", "bios_vendor"):
            maker = self._read(f"/sys/class/dmi/id/{name}")
            for word, kind in _HYPERVISORS.items():
                if maker.startswith(word):
                    return kind
        return "vm-other" if "hypervisor" in self._processor_flags() else "none"

    def _apply_virtualisation(self, found: Hardware) -> None:
        kind = found.virtualisation
        if kind in {"qemu", "kvm", "bochs"}:
            found.imports.append("profiles/qemu-guest.nix")
        elif kind == "oracle":
            found.attributes.append("virtualisation.virtualbox.guest.enable = true;")
        elif kind == "microsoft":
            found.attributes.append("virtualisation.hypervGuest.enable = true;")
        elif kind == "parallels":
            found.attributes += [
                "hardware.parallels.enable = true;",
                'nixpkgs.config.allowUnfreePredicate = pkg: builtins.elem (lib.getName pkg) [ "prl-tools" ];',
            ]
        elif kind == "systemd-nspawn":
            found.attributes.append("boot.isContainer = true;")
        elif kind == "none":
            found.imports.append("installer/scan/not-detected.nix")
            self._add_microcode(found)

    # -- processor

    def _processor_flags(self) -> set[str]:
        match = re.search(r"^flags\s*:(.*)$", self._read("/proc/cpuinfo"), re.MULTILINE)
        return set(match[1].split()) if match else set()

    def _detect_processor(self, found: Hardware) -> None:
        flags = self._processor_flags()
        if "vmx" in flags:
            found.kernel_modules.append("kvm-intel")
        if "svm" in flags:
            found.kernel_modules.append("kvm-amd")

    def _add_microcode(self, found: Hardware) -> None:
        information = self._read("/proc/cpuinfo")
        for vendor, name in (("AuthenticAMD", "amd"), ("GenuineIntel", "intel")):
            if vendor in information:
                found.attributes.append(
                    f"hardware.cpu.{name}.updateMicrocode = "
                    "lib.mkDefault config.hardware.enableRedistributableFirmware;"
                )

    # -- devices

    def _detect_pci(self, found: Hardware) -> None:
        for path in self._glob("/sys/bus/pci/devices/*"):
            vendor = self._read_plain(f"{path}/vendor")
            device = self._read_plain(f"{path}/device").removeprefix("0x")
            kind = self._read_plain(f"{path}/class")
            if kind.startswith(_BOOT_CLASSES):
                found.initrd_available += self._module(f"{path}/driver/module")
            if (vendor, device) in _VIRTIO_SCSI:
                found.initrd_available.append("virtio_scsi")
            if vendor == _BROADCOM and device in _BROADCOM_FULL_MAC:
                found.imports.append("hardware/network/broadcom-43xx.nix")
            if vendor == _INTEL:
                self._add_intel(found, device)

    def _add_intel(self, found: Hardware, device: str) -> None:
        for devices, line in (
            (_INTEL_2200BG, "networking.enableIntel2200BGFirmware = true;"),
            (_INTEL_3945ABG, "networking.enableIntel3945ABGFirmware = true;"),
            (_INTEL_NPU, "hardware.cpu.intel.npu.enable = true;"),
        ):
            if device in devices and line not in found.attributes:
                found.attributes.append(line)

    def _detect_usb(self, found: Hardware) -> None:
        for path in self._glob("/sys/bus/usb/devices/*"):
            kind = self._read_plain(f"{path}/bInterfaceClass")
            protocol = self._read_plain(f"{path}/bInterfaceProtocol")
            is_keyboard = (kind, protocol) == ("03", "01")
            if kind == "08" or is_keyboard:
                found.initrd_available += self._module(f"{path}/driver/module")

    def _detect_block(self, found: Hardware) -> None:
        for path in self._glob("/sys/class/block/*", "/sys/class/mmc_host/*"):
            found.initrd_available += self._module(f"{path}/device/driver/module")
        if any("bcachefs" not in path for path in self._glob("/dev/bcache*")):
            found.initrd_available.append("bcache")
        uuids = (self._read_plain(path) for path in self._glob("/sys/class/block/dm-*/dm/uuid"))
        if any(uuid.startswith("LVM-") for uuid in uuids):
            found.initrd_modules.append("dm-snapshot")

    # -- reading

    def _glob(self, *patterns: str) -> Iterable[str]:
        for pattern in patterns:
            yield from sorted(glob.glob(self._root + pattern))

    def _module(self, link: str) -> list[str]:
        """The kernel module that a link leads to, if there is one."""
        return [os.path.basename(os.readlink(link))] if os.path.islink(link) else []

    def _read(self, path: str) -> str:
        return self._read_plain(self._root + path)

    def _read_plain(self, path: str) -> str:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read().strip()
        except OSError:
            return ""
