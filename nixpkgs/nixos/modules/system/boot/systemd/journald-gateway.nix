# The journal for readers over HTTP.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.journald.gateway;

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  file =
    example: description:
    mkOption {
      type = types.nullOr (types.either types.str types.path);
      default = null;
      inherit example description;
    };
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "services" "journald" "enableHttpGateway" ]
      [ "services" "journald" "gateway" "enable" ]
    )
  ];

  options.services.journald.gateway = {
    enable = lib.mkEnableOption "access to the journal over HTTP, for everybody who reaches the port";

    port = mkOption {
      type = types.port;
      default = 19531;
      description = "Port that the gateway listens on.";
    };

    cert = file "/run/credentials/gateway.pem" "Certificate with which it serves HTTPS, in PEM.";
    key = file "/run/credentials/gateway.key" "The certificate's private key; needed with {option}`services.journald.gateway.cert`.";
    trust = file "/run/credentials/ca.pem" "Authority whose certificates readers must show.";

    system = flag true "Whether messages of system services and of the kernel are served.";
    user = flag true "Whether messages of users' services are served, too.";
    merge = flag false "Whether journals that came from other machines are served as well.";
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = (cfg.cert == null) == (cfg.key == null);
        message = "services.journald.gateway.cert and services.journald.gateway.key are set together.";
      }
      {
        assertion = cfg.trust != null -> cfg.cert != null;
        message = "services.journald.gateway.trust needs services.journald.gateway.cert: readers' certificates are for HTTPS.";
      }
    ];

    systemd.packages = [ pkgs.systemd-journal-remote ];

    systemd.sockets.systemd-journal-gatewayd = {
      wantedBy = [ "sockets.target" ];
      listenStreams = [
        ""
        (toString cfg.port)
      ];
    };

    systemd.services.systemd-journal-gatewayd.serviceConfig.ExecStart = [
      ""
      "${pkgs.systemd-journal-remote}/lib/systemd/systemd-journal-gatewayd ${
        lib.cli.toCommandLineShellGNU { } {
          inherit (cfg)
            cert
            key
            trust
            system
            user
            merge
            ;
        }
      }"
    ];

    # A user that stays, so that the key can be made readable for it.
    users.groups.systemd-journal-gateway.gid = config.ids.gids.systemd-journal-gateway;
    users.users.systemd-journal-gateway = {
      uid = config.ids.uids.systemd-journal-gateway;
      group = "systemd-journal-gateway";
      isSystemUser = true;
    };
  };
}
