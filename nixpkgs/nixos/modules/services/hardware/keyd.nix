# keyd: keys that do something else.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.keyd;
  ini = pkgs.formats.ini { };

  keyboardType = types.submodule {
    options = {
      ids = mkOption {
        type = types.listOf types.str;
        default = [ "*" ];
        example = [
          "*"
          "-0123:0456"
        ];
        description = "Keyboards that are meant, as keyd(1) names them.";
      };
      settings = mkOption {
        inherit (ini) type;
        default = { };
        example.main.capslock = "overload(control, esc)";
        description = "Sections of the file, as keyd(1) describes them.";
      };
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        description = "Text at the end of the file.";
      };
    };
  };

  files = lib.mapAttrs' (
    name: keyboard:
    lib.nameValuePair "keyd/${name}.conf" {
      text = ''
        [ids]
        ${lib.concatStringsSep "\n" keyboard.ids}

        ${lib.generators.toINI { } keyboard.settings}
        ${keyboard.extraConfig}
      '';
    }
  ) cfg.keyboards;
in
{
  options.services.keyd = {
    enable = lib.mkEnableOption "keyd";
    keyboards = mkOption {
      type = types.attrsOf keyboardType;
      default = { };
      description = "Files of keyd by name.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ pkgs.keyd ];
    environment.etc = files;
    users.groups.keyd = { };
    boot.kernelModules = [ "uinput" ];
    systemd.services.keyd = {
      description = "Keyd remapping daemon";
      documentation = [ "man:keyd(1)" ];
      wantedBy = [ "multi-user.target" ];
      restartTriggers = map (name: config.environment.etc.${name}.source) (builtins.attrNames files);
      serviceConfig = {
        ExecStart = "${pkgs.keyd}/bin/keyd.rvaiya";
        Restart = "always";
        RuntimeDirectory = "keyd";
        ProtectSystem = "strict";
        ProtectHome = true;
        PrivateTmp = true;
        PrivateNetwork = true;
        NoNewPrivileges = true;
        ProtectKernelModules = true;
        ProtectKernelLogs = true;
        ProtectControlGroups = true;
        ProtectClock = true;
        RestrictNamespaces = true;
        MemoryDenyWriteExecute = true;
        LockPersonality = true;
        SystemCallArchitectures = "native";
        UMask = "0077";
      };
    };
  };
}
