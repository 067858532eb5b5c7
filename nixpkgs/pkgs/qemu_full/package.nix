# QEMU with everything, which the plain one has already.
{ qemu }:
qemu
