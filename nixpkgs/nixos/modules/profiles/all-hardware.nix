# Disks that start in any machine.
{
  hardware.enableAllHardware = true;
}
