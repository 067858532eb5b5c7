# NFS: files over the network, as a server and as a client.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib)
    mkEnableOption
    mkIf
    mkOption
    types
    ;

  cfg = config.services.nfs;
  server = cfg.server;
  ini = pkgs.formats.ini { };
  isClient = (config.boot.supportedFilesystems.nfs or false) || (config.boot.supportedFilesystems.nfs4 or false);

  # Where the kernel and its helpers talk with each other.
  pipes = "/var/lib/nfs/rpc_pipefs";
  pipesUnit = "${utils.escapeSystemdPath pipes}.mount";

  idmapd = {
    General = {
      Pipefs-Directory = pipes;
    }
    // lib.optionalAttrs (config.networking.domain != null) { Domain = config.networking.domain; };
    Mapping = {
      Nobody-User = "nobody";
      Nobody-Group = "nogroup";
    };
    Translation.Method = "nsswitch";
  };
  # The folder that a line of exports(5) is about, or null.
  exportedFolder =
    line:
    let
      found = builtins.match ''([[:space:]]*"(/[^"]*)"|[[:space:]]*(/[^[:space:]]*)).*'' line;
      quoted = builtins.elemAt found 1;
    in
    if found == null then
      null
    else if quoted != null then
      quoted
    else
      builtins.elemAt found 2;

  port =
    what:
    mkOption {
      type = types.nullOr types.port;
      default = null;
      description = "Port of ${what}; `null` takes a free one.";
    };
in
{
  options.services.nfs = {
    settings = mkOption {
      inherit (ini) type;
      default = { };
      example.nfsd.UDP = true;
      description = "Sections of nfs.conf(5).";
    };
    idmapd.settings = mkOption {
      inherit (ini) type;
      default = { };
      description = "Sections of idmapd.conf(5).";
    };
    server = {
      enable = mkEnableOption "serving files by NFS";
      exports = mkOption {
        type = types.lines;
        default = "";
        example = "/export 192.168.1.0/24(rw,fsid=0,no_subtree_check)";
        description = "Lines of exports(5).";
      };
      createMountPoints = mkOption {
        type = types.bool;
        default = false;
        description = "Whether exported folders that are missing are made.";
      };
      hostName = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "Name or address to listen on; `null` means all.";
      };
      nproc = mkOption {
        type = types.int;
        default = 8;
        description = "Number of requests that are answered at a time.";
      };
      mountdPort = port "mountd";
      lockdPort = port "the lock manager";
      statdPort = port "statd";
    };
  };

  options.services.rpcbind.enable = mkEnableOption "rpcbind, which tells where services of ONC RPC listen";

  config = lib.mkMerge [
    (mkIf config.services.rpcbind.enable {
      environment.systemPackages = [ pkgs.rpcbind ];
      users.users._rpc = {
        group = "nogroup";
        isSystemUser = true;
      };
      systemd.sockets.rpcbind = {
        description = "RPCbind Server Activation Socket";
        wantedBy = [ "sockets.target" ];
        wants = [ "rpcbind.target" ];
        before = [ "rpcbind.target" ];
        socketConfig = {
          ListenStream = [
            "/run/rpcbind.sock"
            "0.0.0.0:111"
          ]
          ++ lib.optional config.networking.enableIPv6 "[::]:111";
          ListenDatagram = [ "0.0.0.0:111" ] ++ lib.optional config.networking.enableIPv6 "[::]:111";
          BindIPv6Only = "ipv6-only";
        };
      };
      systemd.additionalUpstreamSystemUnits = [ "rpcbind.target" ];
      systemd.services.rpcbind = {
        description = "RPC bind service";
        wantedBy = [ "multi-user.target" ];
        requires = [ "rpcbind.socket" ];
        after = [ "rpcbind.socket" ];
        wants = [ "rpcbind.target" ];
        serviceConfig = {
          Type = "notify";
          ExecStart = "${pkgs.rpcbind}/bin/rpcbind -w -f";
          RuntimeDirectory = "rpcbind";
        };
      };
    })

    (mkIf (server.enable || isClient) {
      services.rpcbind.enable = true;
      services.nfs.idmapd.settings = lib.mapAttrs (_: lib.mapAttrs (_: lib.mkDefault)) idmapd;

      environment.systemPackages = [ pkgs.nfs-utils ];
      environment.etc = {
        "nfs.conf".source = ini.generate "nfs.conf" cfg.settings;
        "idmapd.conf".source = ini.generate "idmapd.conf" cfg.idmapd.settings;
        "request-key.d/id_resolver.conf".text = "create id_resolver * * ${pkgs.nfs-utils}/bin/nfsidmap -t 600 %k %d\n";
      };

      users.users.statd = {
        isSystemUser = true;
        group = "nogroup";
        home = "/var/lib/nfs";
      };

      systemd.packages = [
        pkgs.nfs-common
        pkgs.nfs-kernel-server
      ];
      systemd.tmpfiles.rules = [
        "d /var/lib/nfs 0755 statd nogroup - -"
        "d ${pipes} 0555 root root - -"
        "d /var/lib/nfs/sm 0700 statd nogroup - -"
        "d /var/lib/nfs/sm.bak 0700 statd nogroup - -"
        "f /var/lib/nfs/rmtab 0644 root root - -"
        "f /var/lib/nfs/etab 0644 root root - -"
        "d /var/lib/nfs/nfsdcld 0700 root root - -"
      ];
      systemd.mounts = [
        {
          what = "rpc_pipefs";
          where = pipes;
          type = "rpc_pipefs";
          after = [ "systemd-tmpfiles-setup.service" ];
          conflicts = [ "umount.target" ];
          unitConfig.DefaultDependencies = false;
        }
      ];
      # The helpers' units require it; Debian makes it with a generator.
      systemd.targets.rpc_pipefs = {
        description = "Pipes of NFS's helpers";
        requires = [ pipesUnit ];
        after = [ pipesUnit ];
      };
    })

    (mkIf isClient {
      systemd.targets.nfs-client = {
        description = "NFS client services";
        wantedBy = [
          "multi-user.target"
          "remote-fs.target"
        ];
        before = [ "remote-fs-pre.target" ];
        wants = [ "remote-fs-pre.target" ];
      };
    })

    (mkIf server.enable {
      boot.kernelModules = [ "nfsd" ];
      environment.etc."exports".text = server.exports;

      services.nfs.settings = {
        nfsd = {
          threads = server.nproc;
        }
        // lib.optionalAttrs (server.hostName != null) { host = server.hostName; };
        mountd = lib.optionalAttrs (server.mountdPort != null) { port = server.mountdPort; };
        statd = lib.optionalAttrs (server.statdPort != null) { port = server.statdPort; };
        lockd = lib.optionalAttrs (server.lockdPort != null) {
          port = server.lockdPort;
          udp-port = server.lockdPort;
        };
      };

      systemd.services.nfs-server = {
        wantedBy = [ "multi-user.target" ];
        aliases = [ "nfs-kernel-server.service" ];
        restartTriggers = [ config.environment.etc."nfs.conf".source ];
        reloadTriggers = [ config.environment.etc."exports".source ];
      };
      # Starts before what is exported is looked at.
      systemd.services.nfs-mountd.preStart = mkIf server.createMountPoints (
        lib.concatMapStrings (folder: "mkdir -p ${lib.escapeShellArg folder}\n") (
          builtins.filter (folder: folder != null) (map exportedFolder (lib.splitString "\n" server.exports))
        )
      );
    })
  ];
}
