# D-Bus: the message bus of the system and those of users' sessions.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStrings
    mkIf
    mkMerge
    mkOption
    types
    ;

  cfg = config.services.dbus;
  isBroker = cfg.implementation == "broker";

  header = ''
    <?xml version="1.0"?>
    <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
      "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
  '';
  folders =
    kind:
    concatMapStrings (package: ''
      <servicedir>${package}/share/dbus-1/${kind}-services</servicedir>
      <includedir>${package}/share/dbus-1/${kind}.d</includedir>
      <includedir>${package}/etc/dbus-1/${kind}.d</includedir>
    '') cfg.packages;

  # Nobody may own a name or call a method unless a service's own file allows it; answers and signals pass.
  systemConf = pkgs.writeText "dbus-system.conf" ''
    ${header}
    <busconfig>
      <type>system</type>
      <user>messagebus</user>
      <auth>EXTERNAL</auth>
      <listen>unix:path=/run/dbus/system_bus_socket</listen>
      <servicehelper>${config.security.wrapperDir}/dbus-daemon-launch-helper</servicehelper>
      <syslog/>
      <policy context="default">
        <allow user="*"/>
        <deny own="*"/>
        <deny send_type="method_call"/>
        <allow send_type="signal"/>
        <allow send_type="method_return" send_requested_reply="true"/>
        <allow send_type="error" send_requested_reply="true"/>
        <allow receive_type="method_call"/>
        <allow receive_type="method_return"/>
        <allow receive_type="error"/>
        <allow receive_type="signal"/>
        <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
        <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Introspectable"/>
        <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Properties"/>
        <deny send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"
              send_member="UpdateActivationEnvironment"/>
        <deny send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Debug.Stats"/>
        <deny send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.systemd1.Activator"/>
      </policy>
      <policy user="root">
        <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.systemd1.Activator"/>
        <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Monitoring"/>
        <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Debug.Stats"/>
      </policy>
      ${folders "system"}
    </busconfig>
  '';

  # A user's bus trusts the user; its limits keep a runaway program from taking all memory.
  sessionConf = pkgs.writeText "dbus-session.conf" ''
    ${header}
    <busconfig>
      <type>session</type>
      <keep_umask/>
      <listen>unix:tmpdir=/tmp</listen>
      <auth>EXTERNAL</auth>
      <standard_session_servicedirs/>
      ${folders "session"}
      <servicedir>${config.system.path}/share/dbus-1/services</servicedir>
      ${concatMapStrings (package: "<servicedir>${package}/share/dbus-1/services</servicedir>\n") cfg.packages}
      <policy context="default">
        <allow send_destination="*" eavesdrop="true"/>
        <allow eavesdrop="true"/>
        <allow own="*"/>
      </policy>
      <limit name="max_incoming_bytes">1000000000</limit>
      <limit name="max_outgoing_bytes">1000000000</limit>
      <limit name="max_message_size">1000000000</limit>
      <limit name="service_start_timeout">120000</limit>
      <limit name="auth_timeout">240000</limit>
      <limit name="pending_fd_timeout">150000</limit>
      <limit name="max_completed_connections">100000</limit>
      <limit name="max_incomplete_connections">10000</limit>
      <limit name="max_connections_per_user">100000</limit>
      <limit name="max_pending_service_starts">10000</limit>
      <limit name="max_names_per_connection">50000</limit>
      <limit name="max_match_rules_per_connection">50000</limit>
      <limit name="max_replies_per_connection">50000</limit>
    </busconfig>
  '';

  daemon =
    scope:
    if isBroker then
      "${pkgs.dbus-broker}/bin/dbus-broker-launch --scope ${if scope == "system" then "system" else "user"} --config-file=/etc/dbus-1/${scope}.conf"
    else
      "${cfg.dbusPackage}/bin/dbus-daemon --config-file=/etc/dbus-1/${scope}.conf --address=systemd: --nofork --nopidfile --systemd-activation --syslog-only";
  reload =
    bus:
    "${config.systemd.package}/bin/busctl ${bus} call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ReloadConfig";

  service = scope: bus: {
    description = "D-Bus Message Bus of the ${scope}";
    documentation = [ "man:dbus-daemon(1)" ];
    requires = [ "dbus.socket" ];
    after = [ "dbus.socket" ];
    # A restart would cut off everybody who is connected.
    reloadIfChanged = true;
    serviceConfig = {
      Type = if isBroker then "notify-reload" else "notify";
      NotifyAccess = "main";
      ExecStart = daemon scope;
      Slice = mkIf (scope == "session") "session.slice";
    }
    // lib.optionalAttrs (!isBroker) { ExecReload = reload bus; };
  };
in
{
  options.services.dbus = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the system has message buses.";
    };

    dbusPackage = mkOption {
      type = types.package;
      default = pkgs.dbus;
      defaultText = lib.literalExpression "pkgs.dbus";
      description = "The package that has `dbus-daemon`.";
    };

    packages = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Packages whose D-Bus services and rules the buses know.";
    };

    implementation = mkOption {
      type = types.enum [
        "dbus"
        "broker"
      ];
      default = "dbus";
      description = "Which program is the bus: the reference daemon, or dbus-broker.";
    };
  };

  config = mkIf cfg.enable (mkMerge [
    {
      environment.systemPackages = [ cfg.dbusPackage ];
      environment.pathsToLink = [
        "/etc/dbus-1"
        "/share/dbus-1"
      ];
      environment.etc = {
        "dbus-1/system.conf".source = systemConf;
        "dbus-1/session.conf".source = sessionConf;
      };

      services.dbus.packages = [
        cfg.dbusPackage
        config.systemd.package
        config.system.path
      ];

      users.users.messagebus = {
        uid = config.ids.uids.messagebus;
        description = "D-Bus system message bus daemon user";
        home = "/run/dbus";
        group = "messagebus";
        isSystemUser = true;
      };
      users.groups.messagebus.gid = config.ids.gids.messagebus;

      systemd.sockets.dbus = {
        description = "D-Bus System Message Bus Socket";
        wantedBy = [ "sockets.target" ];
        socketConfig.ListenStream = "/run/dbus/system_bus_socket";
      };
      systemd.services.dbus = lib.mkMerge [
        (service "system" "--system")
        {
          aliases = lib.optional isBroker "dbus-broker.service";
          wantedBy = [ "multi-user.target" ];
          restartTriggers = [ systemConf ];
          unitConfig.DefaultDependencies = false;
          after = [ "sysinit.target" ];
          before = [
            "basic.target"
            "shutdown.target"
          ];
          conflicts = [ "shutdown.target" ];
          serviceConfig.OOMScoreAdjust = -900;
        }
      ];

      systemd.user.sockets.dbus = {
        description = "D-Bus User Message Bus Socket";
        wantedBy = [ "sockets.target" ];
        socketConfig = {
          ListenStream = "%t/bus";
          ExecStartPost = "-${config.systemd.package}/bin/systemctl --user set-environment DBUS_SESSION_BUS_ADDRESS=unix:path=%t/bus";
        };
      };
      systemd.user.services.dbus = lib.mkMerge [
        (service "session" "--user")
        { restartTriggers = [ sessionConf ]; }
      ];
    }

    (mkIf (!isBroker) {
      security.wrappers.dbus-daemon-launch-helper = {
        source = "${cfg.dbusPackage}/lib/dbus-1.0/dbus-daemon-launch-helper";
        owner = "root";
        group = "messagebus";
        setuid = true;
        permissions = "u+rx,g+rx,o-rx";
      };
    })
  ]);
}
