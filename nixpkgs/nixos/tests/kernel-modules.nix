# Modules are loaded at boot; what is on the list of forbidden ones is not.
import ./make-test-python.nix {
  name = "kernel-modules";
  nodes.machine.boot = {
    kernelModules = [ "dummy" ];
    extraModprobeConfig = "options dummy numdummies=2";
    blacklistedKernelModules = [ "pcspkr" ];
    kernelParams = [ "test.word=present" ];
  };
  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.succeed("grep -q '^dummy ' /proc/modules")
    machine.succeed("ip link show dummy1")
    machine.fail("grep -q '^pcspkr ' /proc/modules")
    machine.succeed("grep -q test.word=present /proc/cmdline")
    machine.succeed("modprobe loop && grep -q '^loop ' /proc/modules")
  '';
}
