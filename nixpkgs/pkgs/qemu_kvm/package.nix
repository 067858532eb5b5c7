# QEMU for guests of the host's own architecture.
{ stdenv, qemu }:
qemu.override {
  name = "qemu-host-cpu-only";
  systems = [ (if stdenv.hostPlatform.isAarch64 then "arm" else "x86") ];
}
