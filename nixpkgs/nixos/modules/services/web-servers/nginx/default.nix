# nginx, a web server and proxy.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatStringsSep
    mapAttrsToList
    mkIf
    optionalString
    ;

  cfg = config.services.nginx;
  onOff = value: if value then "on" else "off";

  server = import ./server.nix {
    inherit lib pkgs cfg;
    inherit (config.networking) enableIPv6;
    acmeCerts = config.security.acme.certs;
  };
  hosts = lib.mapAttrs server.complete cfg.virtualHosts;
  hostList = builtins.attrValues hosts;
  acmeHosts = builtins.filter (host: host.enableACME || host.useACMEHost != null) hostList;
  certNames = lib.unique (map (host: host.certName) acmeHosts);

  compressedTypes = concatStringsSep " " [
    "application/atom+xml"
    "application/geo+json"
    "application/javascript"
    "application/json"
    "application/ld+json"
    "application/manifest+json"
    "application/rss+xml"
    "application/vnd.ms-fontobject"
    "application/wasm"
    "application/xhtml+xml"
    "application/xml"
    "font/otf"
    "font/ttf"
    "image/bmp"
    "image/svg+xml"
    "image/x-icon"
    "text/calendar"
    "text/css"
    "text/csv"
    "text/javascript"
    "text/markdown"
    "text/plain"
    "text/vtt"
    "text/xml"
  ];

  setting = keyword: value: optionalString (value != null) "${keyword} ${toString value};\n";

  recommended =
    optionalString cfg.recommendedOptimisation ''
      sendfile on;
      tcp_nopush on;
      tcp_nodelay on;
      keepalive_timeout 65;
    ''
    + "ssl_protocols ${cfg.sslProtocols};\n"
    + setting "ssl_ciphers" cfg.sslCiphers
    + setting "ssl_dhparam" cfg.sslDhparam
    + optionalString cfg.recommendedTlsSettings ''
      ssl_ecdh_curve X25519:prime256v1:secp384r1;
      ssl_session_timeout 1d;
      ssl_session_cache shared:SSL:10m;
      ssl_session_tickets off;
      ssl_prefer_server_ciphers off;
    ''
    + optionalString cfg.recommendedGzipSettings ''
      gzip on;
      gzip_static on;
      gzip_vary on;
      gzip_comp_level 5;
      gzip_min_length 256;
      gzip_proxied expired no-cache no-store private auth;
      gzip_types ${compressedTypes};
    ''
    + optionalString cfg.recommendedBrotliSettings ''
      brotli on;
      brotli_static on;
      brotli_comp_level 5;
      brotli_window 512k;
      brotli_min_length 256;
      brotli_types ${compressedTypes};
    ''
    + optionalString cfg.recommendedZstdSettings ''
      zstd on;
      zstd_comp_level 9;
      zstd_min_length 256;
      zstd_static on;
      zstd_types ${compressedTypes};
    ''
    + optionalString cfg.recommendedProxySettings ''
      proxy_redirect off;
      proxy_connect_timeout ${cfg.proxyTimeout};
      proxy_send_timeout ${cfg.proxyTimeout};
      proxy_read_timeout ${cfg.proxyTimeout};
      proxy_http_version 1.1;
      # Without this a client's wish to close would close the connection to the proxied server.
      proxy_set_header Connection "";
      include ${server.proxyHeaders};
    ''
    + optionalString cfg.recommendedUwsgiSettings ''
      uwsgi_connect_timeout ${cfg.uwsgiTimeout};
      uwsgi_send_timeout ${cfg.uwsgiTimeout};
      uwsgi_read_timeout ${cfg.uwsgiTimeout};
    '';

  resolver =
    optionalString (cfg.resolver.addresses != [ ])
      "resolver ${
        concatStringsSep " " (
          cfg.resolver.addresses
          ++ lib.optional (cfg.resolver.valid != "") "valid=${cfg.resolver.valid}"
          ++ lib.optional (!cfg.resolver.ipv4) "ipv4=off"
          ++ lib.optional (!cfg.resolver.ipv6) "ipv6=off"
        )
      };\n";

  upstreamParameter =
    name: value: if builtins.isBool value then optionalString value " ${name}" else " ${name}=${toString value}";
  upstream =
    name: group:
    "upstream ${name} {\n"
    + lib.concatStrings (
      mapAttrsToList (
        address: parameters: "server ${address}${lib.concatStrings (mapAttrsToList upstreamParameter parameters)};\n"
      ) group.servers
    )
    + group.extraConfig
    + "\n}\n";

  caches = lib.filterAttrs (_: cache: cache.enable) cfg.proxyCachePath;
  cacheLine =
    name: cache:
    "proxy_cache_path /var/cache/nginx/${name} keys_zone=${cache.keysZoneName}:${cache.keysZoneSize}"
    + " levels=${cache.levels} use_temp_path=${onOff cache.useTempPath}"
    + " inactive=${cache.inactive} max_size=${cache.maxSize};\n";

  httpBase = ''
    include ${cfg.defaultMimeTypes};
    default_type application/octet-stream;
    types_hash_max_size 4096;
  '';
  http =
    if cfg.httpConfig != "" then
      httpBase + cfg.httpConfig
    else
      httpBase
      + resolver
      + lib.concatStrings (mapAttrsToList upstream cfg.upstreams)
      + recommended
      + setting "map_hash_bucket_size" cfg.mapHashBucketSize
      + setting "map_hash_max_size" cfg.mapHashMaxSize
      + setting "server_names_hash_bucket_size" cfg.serverNamesHashBucketSize
      + setting "server_names_hash_max_size" cfg.serverNamesHashMaxSize
      + ''
        map $http_upgrade $connection_upgrade {
          default upgrade;
          "" close;
        }
        client_max_body_size ${cfg.clientMaxBodySize};
        server_tokens ${onOff cfg.serverTokens};
      ''
      + cfg.commonHttpConfig
      + "\n"
      + lib.concatStrings (mapAttrsToList cacheLine caches)
      + server.servers
      + cfg.appendHttpConfig;

  modules =
    cfg.additionalModules
    ++ lib.optional cfg.recommendedBrotliSettings pkgs.libnginx-mod-http-brotli-filter
    ++ lib.optional cfg.recommendedBrotliSettings pkgs.libnginx-mod-http-brotli-static
    ++ lib.optional cfg.recommendedZstdSettings pkgs.libnginx-mod-http-zstd-filter
    ++ lib.optional cfg.recommendedZstdSettings pkgs.libnginx-mod-http-zstd-static
    ++ lib.optional (cfg.streamConfig != "") pkgs.libnginx-mod-stream;
  moduleLines = pkgs.runCommandLocal "nginx-modules.conf" { } ''
    for module in ${concatStringsSep " " (map (package: "${package}/lib/nginx/modules/*.so") modules)}; do
      echo "load_module $module;" >> $out
    done
  '';

  configFile = pkgs.writeText "nginx.conf" (
    cfg.prependConfig
    + optionalString (modules != [ ]) "include ${moduleLines};\n"
    + ''
      pid /run/nginx/nginx.pid;
      error_log ${cfg.logError};
    ''
    + (
      if cfg.config != "" then
        cfg.config
      else
        "events {\n${cfg.eventsConfig}\n}\nhttp {\n${http}\n}\n"
        + optionalString (cfg.streamConfig != "") "stream {\n${cfg.streamConfig}\n}\n"
    )
    + cfg.appendConfig
  );
  configPath = if cfg.enableReload then "/etc/nginx/nginx.conf" else configFile;

  # The prefix has the page that is served where nothing else is said.
  command = "${cfg.package}/bin/nginx -p ${pkgs.nginx-common}/share/nginx -e stderr -c ${configPath}";
in
{
  imports = [ ./options.nix ];

  config = mkIf cfg.enable {
    assertions =
      map (host: {
        assertion =
          lib.count lib.id [
            host.addSSL
            host.forceSSL
            host.onlySSL
            host.rejectSSL
          ] <= 1;
        message = "services.nginx.virtualHosts.${host.serverName}: only one of addSSL, forceSSL, onlySSL and rejectSSL can be set.";
      }) hostList
      ++ map (host: {
        assertion = !(host.enableACME && host.useACMEHost != null);
        message = "services.nginx.virtualHosts.${host.serverName}: enableACME and useACMEHost exclude each other.";
      }) hostList
      ++ map (host: {
        assertion = builtins.all (
          location: location.root == null || location.alias == null
        ) (builtins.attrValues host.locations);
        message = "services.nginx.virtualHosts.${host.serverName}: a location has either a root or an alias.";
      }) hostList
      ++ [
        {
          assertion = cfg.proxyResolveWhileRunning -> cfg.resolver.addresses != [ ];
          message = "services.nginx.proxyResolveWhileRunning needs services.nginx.resolver.addresses.";
        }
      ];

    environment.etc = mkIf cfg.enableReload { "nginx/nginx.conf".source = configFile; };

    users.users = lib.optionalAttrs (cfg.user == "nginx") {
      nginx = {
        inherit (cfg) group;
        isSystemUser = true;
        uid = config.ids.uids.nginx;
      };
    };
    users.groups = lib.optionalAttrs (cfg.group == "nginx") { nginx.gid = config.ids.gids.nginx; };

    security.acme.certs = lib.listToAttrs (
      map (
        host:
        lib.nameValuePair host.certName {
          group = lib.mkDefault cfg.group;
          # DNS challenges need no folder.
          webroot = lib.mkIf (host.acmeRoot != null) (lib.mkOverride 1400 host.acmeRoot);
          extraDomainNames = host.serverAliases;
          reloadServices = [ "nginx.service" ];
        }
      ) (builtins.filter (host: host.enableACME) acmeHosts)
    );

    services.logrotate.settings.nginx = lib.mapAttrs (_: lib.mkDefault) {
      files = "/var/log/nginx/*.log";
      frequency = "weekly";
      su = "${cfg.user} ${cfg.group}";
      rotate = 26;
      compress = true;
      delaycompress = true;
      postrotate = "[ ! -f /run/nginx/nginx.pid ] || kill -USR1 $(cat /run/nginx/nginx.pid)";
    };

    # A unit of its own stays failed while nginx refuses the file, and goes on with the old one: every switch says so.
    systemd.services.nginx-config-reload = mkIf cfg.enableReload {
      description = "Reload of Nginx's Configuration";
      wantedBy = [ "multi-user.target" ];
      wants = [ "nginx.service" ];
      after = [ "nginx.service" ];
      restartTriggers = [ configFile ];
      stopIfChanged = false;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "${config.systemd.package}/bin/systemctl try-reload-or-restart nginx.service";
      };
    };

    systemd.services.nginx = {
      description = "Nginx Web Server";
      wantedBy = [ "multi-user.target" ];
      wants = map (name: "acme-selfsigned-${name}.service") certNames;
      after = [ "network.target" ] ++ map (name: "acme-selfsigned-${name}.service") certNames;
      before = map (name: "acme-${name}.service") certNames;
      stopIfChanged = false;
      preStart = cfg.preStart;
      startLimitIntervalSec = 60;
      serviceConfig = {
        # The first process ends when the sockets are open: who waits for the unit can connect.
        Type = "forking";
        PIDFile = "/run/nginx/nginx.pid";
        ExecStart = command;
        ExecReload = [
          "${command} -t"
          "${pkgs.procps}/bin/kill -HUP $MAINPID"
        ];
        Restart = "always";
        RestartSec = "10s";
        User = cfg.user;
        Group = cfg.group;
        RuntimeDirectory = "nginx";
        RuntimeDirectoryMode = "0750";
        # Bodies of requests and answers on their way.
        StateDirectory = "nginx";
        StateDirectoryMode = "0750";
        CacheDirectory = "nginx";
        CacheDirectoryMode = "0750";
        LogsDirectory = "nginx";
        LogsDirectoryMode = "0750";
        ProcSubset = "pid";
        ProtectProc = "invisible";
        UMask = "0027";
        CapabilityBoundingSet = [
          "CAP_NET_BIND_SERVICE"
          "CAP_SYS_RESOURCE"
        ];
        AmbientCapabilities = [
          "CAP_NET_BIND_SERVICE"
          "CAP_SYS_RESOURCE"
        ];
        NoNewPrivileges = true;
        ProtectSystem = "strict";
        ProtectHome = lib.mkDefault true;
        PrivateTmp = true;
        PrivateDevices = true;
        ProtectHostname = true;
        ProtectClock = true;
        ProtectKernelTunables = true;
        ProtectKernelModules = true;
        ProtectKernelLogs = true;
        ProtectControlGroups = true;
        RestrictAddressFamilies = [
          "AF_UNIX"
          "AF_INET"
          "AF_INET6"
        ];
        RestrictNamespaces = true;
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        RemoveIPC = true;
        PrivateMounts = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = [
          "~@cpu-emulation @debug @keyring @mount @obsolete @privileged @setuid"
        ];
      };
    };
  };
}
