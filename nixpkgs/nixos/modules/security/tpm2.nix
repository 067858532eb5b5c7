# Chips of the kind TPM 2.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkEnableOption mkIf mkOption types;
  cfg = config.security.tpm2;
  user = if cfg.abrmd.enable then "tss" else cfg.tssUser;
in
{
  options.security.tpm2 = {
    enable = mkEnableOption "chips of the kind TPM 2 for users of the group `tss`";
    tssUser = mkOption {
      type = types.str;
      default = "root";
      description = "Owner of the devices, unless there is the daemon.";
    };
    tssGroup = mkOption {
      type = types.nullOr types.str;
      default = "tss";
      description = "Group that may use the kernel's manager of resources.";
    };
    applyUdevRules = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the devices belong to them.";
    };
    abrmd.enable = mkEnableOption "a daemon that manages resources, instead of the kernel";
    pkcs11 = {
      enable = mkEnableOption "keys in the chip for programs that speak PKCS#11";
      package = lib.mkPackageOption pkgs "libtpm2-pkcs11-1" { };
    };
    tctiEnvironment = {
      enable = mkEnableOption "the environment variables {env}`TPM2TOOLS_TCTI` and {env}`TPM2_PKCS11_TCTI`";
      interface = mkOption {
        type = types.enum [
          "tabrmd"
          "device"
        ];
        default = "device";
        description = "Whether programs speak to the daemon or to the device.";
      };
      deviceConf = mkOption {
        type = types.str;
        default = "/dev/tpmrm0";
        description = "The device.";
      };
      tabrmdConf = mkOption {
        type = types.str;
        default = "bus_name=com.intel.tss2.Tabrmd";
        description = "How the daemon is reached.";
      };
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [
      pkgs.tpm2-tools
    ]
    ++ lib.optional cfg.pkcs11.enable cfg.pkcs11.package;
    environment.variables = mkIf cfg.tctiEnvironment.enable (
      let
        tcti =
          if cfg.tctiEnvironment.interface == "device" then
            "device:${cfg.tctiEnvironment.deviceConf}"
          else
            "tabrmd:${cfg.tctiEnvironment.tabrmdConf}";
      in
      {
        TPM2TOOLS_TCTI = tcti;
        TPM2_PKCS11_TCTI = tcti;
      }
    );
    services.udev.extraRules = mkIf cfg.applyUdevRules ''
      KERNEL=="tpm[0-9]*", MODE="0660", OWNER="${user}"
      KERNEL=="tpmrm[0-9]*", MODE="0660"${lib.optionalString (cfg.tssGroup != null) ", GROUP=\"${cfg.tssGroup}\""}
    '';
    users.users.tss = mkIf (user == "tss") {
      isSystemUser = true;
      group = "tss";
    };
    users.groups.tss = { };
    services.dbus.packages = mkIf cfg.abrmd.enable [ pkgs.tpm2-abrmd ];
    systemd.services.tpm2-abrmd = mkIf cfg.abrmd.enable {
      description = "Manager of the resources of a TPM 2";
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        Type = "dbus";
        BusName = "com.intel.tss2.Tabrmd";
        User = "tss";
        ExecStart = "${pkgs.tpm2-abrmd}/bin/tpm2-abrmd";
        Restart = "always";
      };
    };
  };
}
