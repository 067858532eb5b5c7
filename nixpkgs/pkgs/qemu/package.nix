# QEMU with the machines and devices that are asked for: programs, firmware and modules in one tree, which they are told of.
{
  lib,
  symlinkJoin,
  debianPackages,
  runtimeShell,

  # Emulated machines: names of Debian's packages qemu-system-<name>.
  systems ? [
    "x86"
    "arm"
    "mips"
    "misc"
    "ppc"
    "riscv"
    "s390x"
    "sparc"
  ],
  # Displays, sound, and devices that need them.
  withGui ? true,
  name ? "qemu",
}:
let
  main = debianPackages."qemu-system-${builtins.head systems}";
  members =
    map (system: "qemu-system-${system}") systems
    ++ [
      "qemu-system-common"
      "qemu-system-data"
      "qemu-utils"
      "qemu-block-extra"
      "seabios"
      "ipxe-qemu"
    ]
    ++ lib.optionals withGui [
      "qemu-system-gui"
      "qemu-system-modules-opengl"
      "qemu-system-modules-spice"
    ]
    ++ lib.optionals (builtins.elem "x86" systems) [
      "ovmf"
      "virtiofsd"
    ]
    ++ lib.optional (builtins.elem "arm" systems) "qemu-efi-aarch64";
in
symlinkJoin {
  pname = name;
  inherit (main) version;
  paths = map (member: debianPackages.${member}) members;
  meta = main.meta // {
    mainProgram = "qemu-system-${
      {
        x86 = "x86_64";
        arm = "aarch64";
      }
      .${builtins.head systems} or (builtins.head systems)
    }";
  };
  passthru = {
    firmware = debianPackages.ovmf;
  };
  # Each program by its own name, which tells `qemu-kvm` from `qemu-system-x86_64`.
  postBuild = ''
    for program in "$out"/bin/qemu-system-* "$out"/bin/kvm; do
      [[ -e $program ]] || continue
      real=$(readlink -f "$program")
      hidden=$(dirname "$real")/.$(basename "$real")-wrapped
      [[ ! -e $hidden ]] || real=$hidden
      rm "$program"
      printf '#!%s\nexport QEMU_MODULE_DIR="''${QEMU_MODULE_DIR-%s}"\nexec -a "$0" %s -L %s -L %s "$@"\n' \
        ${runtimeShell} "$out/lib/qemu" "$real" "$out/share/qemu" "$out/share/seabios" > "$program"
      chmod +x "$program"
    done
    for helper in "$out"/libexec/virtiofsd "$out"/lib/qemu/virtiofsd; do
      [[ ! -e $helper || -e $out/bin/virtiofsd ]] || ln -s "$helper" "$out/bin/virtiofsd"
    done
  '';
}
