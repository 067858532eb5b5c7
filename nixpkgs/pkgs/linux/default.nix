# Kernels, and what comes in a version for each of them.
{ lib, self, debian }:
let
  architecture =
    {
      x86_64-linux = "amd64";
      aarch64-linux = "arm64";
    }
    .${self.stdenv.hostPlatform.system};
  # The packages of `set` that name a kernel's image, and the headers that go with it.
  makeKernel =
    set: flavour:
    self.callPackage ./kernel.nix {
      image = set."linux-image-${flavour}";
      headers = set."linux-headers-${flavour}";
    };
  linuxPackagesFor =
    kernel:
    lib.makeExtensible (_: {
      zfs = self.callPackage ./zfs.nix { inherit kernel; };
      inherit kernel;
      inherit (self) stdenv;
      cpupower = debian.packages.linux-cpupower;
      perf = debian.packages.linux-perf;
      bpftool = debian.packages.bpftool;
      recurseForDerivations = true;
    });
  backports = debian.suites.trixie-backports or { };
  # The newest kernel that there is: backports are left out where a mirror has none.
  latest = if backports ? "linux-image-${architecture}" then backports else debian.packages;
in
{
  inherit linuxPackagesFor;
  linux = makeKernel debian.packages architecture;
  linux_latest = makeKernel latest architecture;
  linux_cloud = makeKernel debian.packages "cloud-${architecture}";
  linux_rt = makeKernel debian.packages "rt-${architecture}";

  linuxPackages = linuxPackagesFor self.linux;
  linuxPackages_latest = linuxPackagesFor self.linux_latest;
  linuxPackages_cloud = linuxPackagesFor self.linux_cloud;
  linuxPackages_rt = linuxPackagesFor self.linux_rt;

  linuxKernel = {
    kernels = {
      inherit (self) linux_latest;
      linux_default = self.linux;
    };
    packages = {
      linux_latest = self.linuxPackages_latest;
      linux_default = self.linuxPackages;
    };
    packagesFor = linuxPackagesFor;
  };
}
