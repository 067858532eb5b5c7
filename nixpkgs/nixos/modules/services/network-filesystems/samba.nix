# Samba: files and printers for Windows and others.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkEnableOption
    mkIf
    mkOption
    types
    ;

  cfg = config.services.samba;

  atom = types.oneOf [
    types.bool
    types.int
    types.str
  ];
  showValue =
    value:
    if builtins.isBool value then
      lib.boolToYesNo value
    else if builtins.isList value then
      lib.concatStringsSep " " value
    else
      toString value;
  section =
    name: settings:
    "[${name}]\n"
    + lib.concatStrings (lib.mapAttrsToList (key: value: "  ${key} = ${showValue value}\n") settings);
  configText =
    # The global section has to be the first.
    section "global" (cfg.settings.global or { })
    + lib.concatStrings (lib.mapAttrsToList section (builtins.removeAttrs cfg.settings [ "global" ]));
  configFile = pkgs.runCommandLocal "smb.conf" { inherit configText; passAsFile = [ "configText" ]; } ''
    ${cfg.package}/bin/testparm --suppress-prompt "$configTextPath" > /dev/null 2> messages || true
    if grep -i 'unknown parameter\|error loading\|bad value' messages >&2; then
      exit 1
    fi
    cp "$configTextPath" $out
  '';

  daemon = name: description: arguments: {
    inherit description;
    documentation = [ "man:${name}(8)" ];
    after = [ "network.target" ] ++ lib.optional (name == "smbd") "samba-nmbd.service";
    partOf = [ "samba.target" ];
    wantedBy = [ "samba.target" ];
    restartTriggers = [ configFile ];
    serviceConfig = {
      ExecStart = "${cfg.package}/bin/${name} --foreground --no-process-group ${arguments}";
      ExecReload = "${pkgs.procps}/bin/kill -HUP $MAINPID";
      LimitNOFILE = 16384;
      PIDFile = "/run/samba/${name}.pid";
      Type = "notify";
      NotifyAccess = "all";
      Slice = "system-samba.slice";
    };
  };
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "services" "samba" "extraConfig" ] "Use services.samba.settings.global instead.")
    (lib.mkRemovedOptionModule [ "services" "samba" "shares" ] "Use services.samba.settings.<share> instead.")
    (lib.mkRenamedOptionModule [ "services" "samba" "enableNmbd" ] [ "services" "samba" "nmbd" "enable" ])
    (lib.mkRenamedOptionModule [ "services" "samba" "enableWinbindd" ] [ "services" "samba" "winbindd" "enable" ])
    (lib.mkRenamedOptionModule [ "services" "samba" "securityType" ] [ "services" "samba" "settings" "global" "security" ])
  ];

  options.services.samba = {
    enable = mkEnableOption "Samba";
    package = lib.mkPackageOption pkgs "samba" { };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall lets Samba's ports in.";
    };
    nsswins = mkEnableOption "finding names by Windows's way";
    smbd.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether files and printers are shared.";
    };
    smbd.extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Arguments of smbd.";
    };
    nmbd.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether NetBIOS names are answered.";
    };
    nmbd.extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Arguments of nmbd.";
    };
    winbindd.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether users of Windows domains are known.";
    };
    winbindd.extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Arguments of winbindd.";
    };
    usershares = {
      enable = mkEnableOption "sharing folders by users";
      group = mkOption {
        type = types.str;
        default = "samba";
        description = "Group of the users who may.";
      };
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (types.attrsOf (types.either atom (types.listOf types.str)));
        options.global = mkOption {
          type = types.submodule {
            freeformType = types.attrsOf (types.either atom (types.listOf types.str));
            options = {
              security = mkOption {
                type = types.enum [
                  "auto"
                  "user"
                  "domain"
                  "ads"
                ];
                default = "user";
                description = "How users prove who they are.";
              };
              "invalid users" = mkOption {
                type = types.listOf types.str;
                default = [ "root" ];
                description = "Users who may not log in.";
              };
              "passwd program" = mkOption {
                type = types.str;
                default = "${config.security.wrapperDir}/passwd %u";
                defaultText = lib.literalExpression ''"''${config.security.wrapperDir}/passwd %u"'';
                description = "Program that changes a user's password.";
              };
            };
          };
          default = { };
          description = "The section `[global]`.";
        };
      };
      default = { };
      example = {
        global.security = "user";
        public = {
          path = "/srv/public";
          "read only" = true;
          "guest ok" = "yes";
          comment = "Public samba share.";
        };
      };
      description = "Sections of smb.conf(5): `global`, and one for each share.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.nsswins -> cfg.winbindd.enable;
        message = "services.samba.nsswins needs services.samba.winbindd.enable.";
      }
    ];

    environment.etc."samba/smb.conf".source = configFile;
    environment.systemPackages = [ cfg.package ];

    services.samba.settings.global = mkIf cfg.usershares.enable {
      "usershare path" = "/var/lib/samba/usershares";
      "usershare max shares" = lib.mkDefault 100;
      "usershare allow guests" = lib.mkDefault true;
    };
    users.groups = mkIf cfg.usershares.enable { ${cfg.usershares.group} = { }; };

    system.nssModules = lib.optional cfg.nsswins pkgs.libnss-winbind;
    system.nssDatabases.hosts = mkIf cfg.nsswins [ "wins" ];

    security.pam.services.samba = { };

    networking.firewall = mkIf cfg.openFirewall {
      allowedTCPPorts = [
        139
        445
      ];
      allowedUDPPorts = [
        137
        138
      ];
    };

    systemd.slices.system-samba.description = "Samba slice";
    systemd.targets.samba = {
      description = "Samba Server";
      after = [ "network.target" ];
      wants = [ "network-online.target" ];
      wantedBy = [ "multi-user.target" ];
    };
    systemd.services = {
      samba-smbd = mkIf cfg.smbd.enable (
        daemon "smbd" "Samba Service Daemon smbd" (lib.escapeShellArgs cfg.smbd.extraArgs)
      );
      samba-nmbd = mkIf cfg.nmbd.enable (
        daemon "nmbd" "Samba Service Daemon nmbd" (lib.escapeShellArgs cfg.nmbd.extraArgs)
      );
      samba-winbindd = mkIf cfg.winbindd.enable (
        daemon "winbindd" "Samba Service Daemon winbindd" (lib.escapeShellArgs cfg.winbindd.extraArgs)
      );
    };
    systemd.tmpfiles.rules = [
      "d /run/samba 0755 root root - -"
      "d /var/lib/samba 0755 root root - -"
      "d /var/lib/samba/private 0700 root root - -"
      "d /var/log/samba 0755 root root - -"
      "d /var/cache/samba 0755 root root - -"
    ]
    ++ lib.optional cfg.usershares.enable "d /var/lib/samba/usershares 1770 root ${cfg.usershares.group} - -";
  };
}
