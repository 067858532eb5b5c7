# Software RAID of the kernel (md).
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.boot.swraid;
in
{
  options.boot.swraid = {
    enable = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether arrays of disks are assembled at boot.";
    };
    mdadmConf = mkOption {
      type = types.lines;
      default = "";
      example = "MAILADDR root";
      description = "What {file}`/etc/mdadm.conf` says.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ pkgs.mdadm ];
    environment.etc."mdadm.conf".text = cfg.mdadmConf;
    services.udev.packages = [ pkgs.mdadm ];
    systemd.packages = [ pkgs.mdadm ];

    boot.initrd = {
      availableKernelModules = [
        "md_mod"
        "raid0"
        "raid1"
        "raid10"
        "raid456"
      ];
      programs.mdadm = "${pkgs.mdadm}/bin/mdadm";
      extraFiles."/etc/mdadm.conf".source = pkgs.writeText "mdadm.conf" cfg.mdadmConf;
      deviceCommands = "/bin/mdadm --assemble --scan --run 2>/dev/null || true";
      lookAgainCommands = "/bin/mdadm --assemble --scan 2>/dev/null || true";
    };
  };
}
