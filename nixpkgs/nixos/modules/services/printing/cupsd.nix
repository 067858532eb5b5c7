# CUPS, the print server.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStrings
    mkEnableOption
    mkIf
    mkOption
    optional
    optionalString
    types
    ;

  cfg = config.services.printing;

  # Filters, backends and drivers of all packages in one place, as cupsd wants them.
  serverRoot = pkgs.buildEnv {
    name = "cups-programs";
    paths = [
      pkgs.cups-daemon
      pkgs.cups-core-drivers
      pkgs.cups
      pkgs.cups-filters
      pkgs.cups-filters-core-drivers
      pkgs.ghostscript
    ]
    ++ cfg.drivers;
    pathsToLink = [
      "/lib/cups"
      "/share/cups"
      "/share/ppd"
      "/bin"
    ];
    ignoreCollisions = true;
    # Which of these are used is a question to the administrator of a Debian system; printers need them.
    postBuild = ''
      for backend in "$out"/lib/cups/backend-available/*; do
        ln -s "$backend" "$out/lib/cups/backend/"
      done
    '';
  };

  cupsdConf = pkgs.writeText "cupsd.conf" ''
    LogLevel ${cfg.logLevel}
    ${concatMapStrings (address: "Listen ${address}\n") cfg.listenAddresses}
    Listen /run/cups/cups.sock
    DefaultShared ${lib.boolToYesNo cfg.defaultShared}
    Browsing ${lib.boolToYesNo cfg.browsing}
    WebInterface ${lib.boolToYesNo cfg.webInterface}
    DefaultAuthType Basic
    <Location />
      Order allow,deny
      ${concatMapStrings (from: "Allow from ${from}\n") cfg.allowFrom}
    </Location>
    <Location /admin>
      Order allow,deny
      ${concatMapStrings (from: "Allow from ${from}\n") cfg.allowFrom}
    </Location>
    <Location /admin/conf>
      AuthType Basic
      Require user @SYSTEM
      Order allow,deny
      ${concatMapStrings (from: "Allow from ${from}\n") cfg.allowFrom}
    </Location>
    <Policy default>
      <Limit Send-Document Send-URI Hold-Job Release-Job Restart-Job Purge-Jobs Set-Job-Attributes Create-Job-Subscription Renew-Subscription Cancel-Subscription Get-Notifications Reprocess-Job Cancel-Current-Job Suspend-Current-Job Resume-Job CUPS-Move-Job>
        Require user @OWNER @SYSTEM
        Order deny,allow
      </Limit>
      <Limit Pause-Printer Resume-Printer Set-Printer-Attributes Enable-Printer Disable-Printer Pause-Printer-After-Current-Job Hold-New-Jobs Release-Held-New-Jobs Deactivate-Printer Activate-Printer Restart-Printer Shutdown-Printer Startup-Printer Promote-Job Schedule-Job-After CUPS-Add-Printer CUPS-Delete-Printer CUPS-Add-Class CUPS-Delete-Class CUPS-Accept-Jobs CUPS-Reject-Jobs CUPS-Set-Default>
        AuthType Basic
        Require user @SYSTEM
        Order deny,allow
      </Limit>
      <Limit Cancel-Job CUPS-Authenticate-Job>
        Require user @OWNER @SYSTEM
        Order deny,allow
      </Limit>
      <Limit All>
        Order deny,allow
      </Limit>
    </Policy>
    ${cfg.extraConf}
  '';
  cupsFiles = pkgs.writeText "cups-files.conf" ''
    SystemGroup root wheel lpadmin
    ServerBin ${serverRoot}/lib/cups
    DataDir ${serverRoot}/share/cups
    DocumentRoot ${pkgs.cups}/share/cups/doc-root
    AccessLog syslog
    ErrorLog syslog
    PageLog syslog
    TempDir ${cfg.tempDir}
    SetEnv PATH ${serverRoot}/bin:${pkgs.coreutils}/bin:${pkgs.gnused}/bin:${pkgs.gnugrep}/bin:${pkgs.perl}/bin
    User lp
    Group lp
    ${cfg.extraFilesConf}
  '';
  isShared = cfg.defaultShared || cfg.listenAddresses != [ "localhost:631" ];
in
{
  options.services.printing = {
    enable = mkEnableOption "printing by CUPS";
    package = lib.mkPackageOption pkgs "cups" { };
    startWhenNeeded = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the server starts once it is used.";
    };
    stateless = mkOption {
      type = types.bool;
      default = false;
      description = "Whether printers and jobs are forgotten at each start.";
    };
    listenAddresses = mkOption {
      type = types.listOf types.str;
      default = [ "localhost:631" ];
      example = [ "*:631" ];
      description = "Addresses to listen on.";
    };
    allowFrom = mkOption {
      type = types.listOf types.str;
      default = [ "localhost" ];
      example = [ "all" ];
      description = "Who may print.";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall lets connections to the addresses in.";
    };
    drivers = mkOption {
      type = types.listOf types.path;
      default = [ ];
      example = lib.literalExpression "[ pkgs.gutenprint pkgs.hplip pkgs.brlaser ]";
      description = "Packages of drivers.";
    };
    browsing = mkOption {
      type = types.bool;
      default = false;
      description = "Whether shared printers can be found by others.";
    };
    defaultShared = mkOption {
      type = types.bool;
      default = false;
      description = "Whether printers are shared unless they say otherwise.";
    };
    browsed.enable = mkOption {
      type = types.bool;
      default = config.services.avahi.enable;
      defaultText = lib.literalExpression "config.services.avahi.enable";
      description = "Whether printers that others share are found.";
    };
    browsedConf = mkOption {
      type = types.lines;
      default = "";
      example = "BrowsePoll cups.example.com";
      description = "Text of cups-browsed.conf.";
    };
    webInterface = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the server has a page at http://localhost:631.";
    };
    logLevel = mkOption {
      type = types.str;
      default = "info";
      example = "debug";
      description = "How much is logged.";
    };
    extraConf = mkOption {
      type = types.lines;
      default = "";
      description = "Text at the end of cupsd.conf.";
    };
    extraFilesConf = mkOption {
      type = types.lines;
      default = "";
      description = "Text at the end of cups-files.conf.";
    };
    clientConf = mkOption {
      type = types.lines;
      default = "";
      example = "ServerName server.example.com";
      description = "Text of client.conf.";
    };
    snmpConf = mkOption {
      type = types.lines;
      default = "Address @LOCAL\n";
      description = "Text of snmp.conf.";
    };
    tempDir = mkOption {
      type = types.path;
      default = "/tmp";
      description = "Folder of temporary files.";
    };
  };

  config = mkIf cfg.enable {
    users.users.lp = {
      group = "lp";
      description = "Printer daemon user";
      isSystemUser = true;
    };
    users.groups.lpadmin = { };

    environment.systemPackages = [ cfg.package ];
    environment.etc.cups.source = "/var/lib/cups";
    services.udev.packages = cfg.drivers;
    services.dbus.packages = [ pkgs.cups-daemon ] ++ optional cfg.browsed.enable pkgs.cups-browsed;
    services.printing.allowFrom = mkIf isShared [ "@LOCAL" ];
    networking.firewall.allowedTCPPorts = mkIf cfg.openFirewall (
      map (address: lib.toInt (lib.last (lib.splitString ":" address))) cfg.listenAddresses
    );
    security.pam.services.cups = { };

    systemd.sockets.cups = mkIf cfg.startWhenNeeded {
      description = "CUPS Scheduler";
      wantedBy = [ "sockets.target" ];
      listenStreams = [ "/run/cups/cups.sock" ];
    };
    systemd.services.cups = {
      description = "CUPS Scheduler";
      wantedBy = optional (!cfg.startWhenNeeded) "multi-user.target";
      wants = [ "network.target" ];
      after = [ "network.target" ];
      requires = optional cfg.startWhenNeeded "cups.socket";
      aliases = [ "org.cups.cupsd.service" ];
      restartTriggers = [
        cupsdConf
        cupsFiles
      ];
      # The server writes printers beside its own settings.
      preStart = ''
        ${optionalString cfg.stateless "rm -rf /var/cache/cups /var/lib/cups /var/spool/cups"}
        install -d -m 0755 -o root -g lp /var/lib/cups
        install -d -m 0700 -o root -g lp /var/lib/cups/ssl
        install -d -m 0710 -o root -g lp /var/spool/cups
        install -d -m 0770 -o root -g lp /var/cache/cups
        ln -sfn ${cupsdConf} /var/lib/cups/cupsd.conf
        ln -sfn ${cupsFiles} /var/lib/cups/cups-files.conf
        ln -sfn ${pkgs.writeText "client.conf" cfg.clientConf} /var/lib/cups/client.conf
        ln -sfn ${pkgs.writeText "snmp.conf" cfg.snmpConf} /var/lib/cups/snmp.conf
        ln -sfn ${pkgs.writeText "cups-browsed.conf" cfg.browsedConf} /var/lib/cups/cups-browsed.conf
      '';
      serviceConfig = {
        Type = "notify";
        ExecStart = "${pkgs.cups-daemon}/bin/cupsd -l -c /var/lib/cups/cupsd.conf -s /var/lib/cups/cups-files.conf";
        PrivateTmp = true;
        RuntimeDirectory = "cups";
        Restart = "on-failure";
      };
    };
    systemd.services.cups-browsed = mkIf cfg.browsed.enable {
      description = "CUPS Remote Printer Discovery";
      wantedBy = [ "multi-user.target" ];
      wants = [ "avahi-daemon.service" "cups.service" ];
      bindsTo = [ "avahi-daemon.service" ];
      partOf = [ "cups.service" ];
      after = [
        "cups.service"
        "avahi-daemon.service"
      ];
      path = [ cfg.package ];
      serviceConfig.ExecStart = "${pkgs.cups-browsed}/bin/cups-browsed";
      restartTriggers = [ cfg.browsedConf ];
    };
  };
}
