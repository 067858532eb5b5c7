# QEMU as tests start it: for the host's own architecture, without displays and sound.
{ stdenv, qemu }:
qemu.override {
  name = "qemu-host-cpu-only-for-vm-tests";
  systems = [ (if stdenv.hostPlatform.isAarch64 then "arm" else "x86") ];
  withGui = false;
}
