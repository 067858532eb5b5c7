# dnsmasq, a small server for DNS and DHCP.
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

  cfg = config.services.dnsmasq;

  # A key with `true` stands alone; lists are repeated keys.
  settingsFormat = pkgs.formats.keyValue {
    mkKeyValue =
      name: value:
      if value == true then
        name
      else if value == false then
        "# setting `${name}` explicitly set to false"
      else
        lib.generators.mkKeyValueDefault { } "=" name value;
    listsAsDuplicateKeys = true;
  };
  configFile = settingsFormat.generate "dnsmasq.conf" cfg.settings;
  checked = pkgs.runCommandLocal "dnsmasq.conf" { } ''
    # What the file refers to is made when the service starts.
    grep -v '^\(conf-file\|resolv-file\|dhcp-leasefile\)=' ${configFile} > words.conf || true
    ${cfg.package}/bin/dnsmasq --test --conf-file=words.conf
    cp ${configFile} $out
  '';
in
{
  options.services.dnsmasq = {
    enable = mkEnableOption "dnsmasq";
    package = lib.mkPackageOption pkgs "dnsmasq-base" { };

    resolveLocalQueries = mkOption {
      type = types.bool;
      default = true;
      description = "Whether this machine's own programs ask dnsmasq.";
    };

    alwaysKeepRunning = mkOption {
      type = types.bool;
      default = false;
      description = "Whether dnsmasq is started again however it ended.";
    };

    settings = mkOption {
      type = types.submodule {
        freeformType = settingsFormat.type;
        options.server = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [
            "8.8.8.8"
            "/example.org/10.0.0.1"
          ];
          description = "Servers to ask.";
        };
      };
      default = { };
      example = {
        domain-needed = true;
        dhcp-range = [ "192.168.0.2,192.168.0.254" ];
      };
      description = "Settings of dnsmasq.conf.";
    };

    configFile = mkOption {
      type = types.path;
      readOnly = true;
      default = checked;
      defaultText = lib.literalMD "a file made of `settings`";
      description = "The file that dnsmasq reads.";
    };
  };

  config = mkIf cfg.enable {
    services.dnsmasq.settings = {
      dhcp-leasefile = lib.mkDefault "/var/lib/dnsmasq/dnsmasq.leases";
      conf-file = mkIf cfg.resolveLocalQueries (lib.mkDefault [ "/etc/dnsmasq-conf.conf" ]);
      resolv-file = mkIf cfg.resolveLocalQueries (lib.mkDefault "/etc/dnsmasq-resolv.conf");
    };

    networking.nameservers = mkIf cfg.resolveLocalQueries [ "127.0.0.1" ];
    # resolvconf hands the servers that it learns of to dnsmasq in these files.
    networking.resolvconf.extraConfig = mkIf cfg.resolveLocalQueries ''
      dnsmasq_conf=/etc/dnsmasq-conf.conf
      dnsmasq_resolv=/etc/dnsmasq-resolv.conf
    '';

    services.dbus.packages = [ cfg.package ];

    users.users.dnsmasq = {
      isSystemUser = true;
      group = "dnsmasq";
      description = "Dnsmasq daemon user";
    };
    users.groups.dnsmasq = { };

    systemd.tmpfiles.rules = mkIf cfg.resolveLocalQueries [
      "f /etc/dnsmasq-conf.conf 0644 root root -"
      "f /etc/dnsmasq-resolv.conf 0644 root root -"
    ];

    systemd.services.dnsmasq = {
      description = "Dnsmasq Daemon";
      after = [
        "network.target"
        "systemd-resolved.service"
      ];
      before = [ "nss-lookup.target" ];
      wants = [ "nss-lookup.target" ];
      wantedBy = [ "multi-user.target" ];
      restartTriggers = [ config.environment.etc.hosts.source ];
      serviceConfig = {
        Type = "dbus";
        BusName = "uk.org.thekelleys.dnsmasq";
        ExecStart = "${cfg.package}/bin/dnsmasq -k --enable-dbus --user=dnsmasq -C ${checked}";
        ExecReload = "${pkgs.procps}/bin/kill -HUP $MAINPID";
        StateDirectory = "dnsmasq";
        PrivateTmp = true;
        ProtectSystem = true;
        ProtectHome = true;
        Restart = if cfg.alwaysKeepRunning then "always" else "on-failure";
      };
    };
  };
}
