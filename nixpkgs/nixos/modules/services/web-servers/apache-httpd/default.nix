# The Apache HTTP server.
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

  cfg = config.services.httpd;
  runtimeDir = "/run/httpd";
  modulesDir = "${pkgs.apache2-bin}/lib/apache2/modules";

  complete =
    host:
    let
      certName = if host.useACMEHost != null then host.useACMEHost else host.hostName;
      usesAcme = host.enableACME || host.useACMEHost != null;
      folder = config.security.acme.certs.${certName}.directory;
    in
    host
    // {
      inherit usesAcme certName;
    }
    // lib.optionalAttrs usesAcme {
      sslServerCert = "${folder}/fullchain.pem";
      sslServerKey = "${folder}/key.pem";
    };
  hosts = map complete (builtins.attrValues cfg.virtualHosts);
  hasTls = host: host.onlySSL || host.addSSL || host.forceSSL;
  anyTls = builtins.any (host: builtins.any (line: line.ssl) (listensOf host)) hosts;

  listensOf =
    host:
    if host.listen != [ ] then
      host.listen
    else
      lib.concatMap (
        ip:
        optional (hasTls host) {
          inherit ip;
          port = 443;
          ssl = true;
        }
        ++ optional (!host.onlySSL) {
          inherit ip;
          port = 80;
          ssl = false;
        }
      ) host.listenAddresses;
  place = line: "${line.ip}:${toString line.port}";

  locationText =
    { name, value }:
    optionalString (value.proxyPass != null) ''
      ProxyPass ${name} ${value.proxyPass}
      ProxyPassReverse ${name} ${value.proxyPass}
    ''
    + optionalString (value.alias != null) ''
      Alias ${name} "${value.alias}"
    ''
    + optionalString (value.index != null || value.extraConfig != "") ''
      <Location ${name}>
        ${optionalString (value.index != null) "DirectoryIndex ${value.index}"}
        ${value.extraConfig}
      </Location>
    '';

  open = folder: extra: ''
    <Directory "${folder}">
      ${extra}
      Require all granted
    </Directory>
  '';

  content =
    host:
    optionalString (host.adminAddr != null) "ServerAdmin ${host.adminAddr}\n"
    + optionalString (host.usesAcme && host.acmeRoot != null) (
      ''
        Alias /.well-known/acme-challenge/ "${host.acmeRoot}/.well-known/acme-challenge/"
      ''
      + open "${host.acmeRoot}" "AllowOverride None"
    )
    + optionalString (host.documentRoot != null) (
      ''
        DocumentRoot "${host.documentRoot}"
      ''
      + open "${host.documentRoot}" "Options Indexes FollowSymLinks\nAllowOverride None"
    )
    + optionalString (host.globalRedirect != null) "RedirectPermanent / ${host.globalRedirect}\n"
    + optionalString host.enableUserDir ''
      UserDir public_html
      UserDir disabled root
    ''
    + concatMapStrings (file: "Alias ${file.urlPath} ${file.file}\n" + open (dirOf file.file) "") host.servedFiles
    + concatMapStrings (
      folder: ''
        Alias ${folder.urlPath} ${folder.dir}/
      '' + open folder.dir "Options Indexes FollowSymLinks\nAllowOverride All"
    ) host.servedDirs
    + optionalString (host.robotsEntries != "") "Alias /robots.txt ${pkgs.writeText "robots.txt" host.robotsEntries}\n"
    + concatMapStrings locationText (
      lib.sortOn (entry: entry.value.priority) (lib.attrsToList host.locations)
    )
    + host.extraConfig
    + "\n";

  names = host: ''
    ServerName ${host.hostName}
    ${concatMapStrings (alias: "ServerAlias ${alias}\n") host.serverAliases}
  '';
  virtualHost =
    host: line: body:
    ''
      <VirtualHost ${place line}>
      ${names host}
      ${optionalString line.ssl ''
        SSLEngine on
        SSLCertificateFile ${host.sslServerCert}
        SSLCertificateKeyFile ${host.sslServerKey}
        ${optionalString (host.sslServerChain != null) "SSLCertificateChainFile ${host.sslServerChain}"}
        ${optionalString host.http2 "Protocols h2 http/1.1"}
      ''}
      ${optionalString (cfg.logPerVirtualHost) ''
        ErrorLog "${cfg.logDir}/error-${host.hostName}.log"
        CustomLog "${cfg.logDir}/access-${host.hostName}.log" ${host.logFormat}
      ''}
      ${body}
      </VirtualHost>
    '';
  hostText =
    host:
    concatMapStrings (
      line:
      virtualHost host line (
        if host.forceSSL && !line.ssl then
          ''
            RewriteEngine on
            RewriteCond %{REQUEST_URI} !^/.well-known/acme-challenge [NC]
            RewriteRule (.*) https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]
          ''
          + optionalString (host.usesAcme && host.acmeRoot != null) (
            ''
              Alias /.well-known/acme-challenge/ "${host.acmeRoot}/.well-known/acme-challenge/"
            ''
            + open "${host.acmeRoot}" "AllowOverride None"
          )
        else
          content host
      )
    ) (listensOf host);

  # Debian's server has some modules built in; these are the ones it loads.
  modules =
    [
      "authn_core"
      "authz_core"
      "authz_host"
      "authz_user"
      "authn_file"
      "auth_basic"
      "mime"
      "autoindex"
      "negotiation"
      "dir"
      "alias"
      "rewrite"
      "setenvif"
      "env"
      "status"
      "headers"
      "deflate"
      "filter"
      "reqtimeout"
      "proxy"
      "proxy_fcgi"
      "proxy_http"
      "proxy_wstunnel"
      "mpm_${cfg.mpm}"
      (if cfg.mpm == "prefork" then "cgi" else "cgid")
    ]
    ++ optional (builtins.any (host: host.enableUserDir) hosts) "userdir"
    ++ lib.optionals anyTls [
      "ssl"
      "socache_shmcb"
    ]
    ++ optional (builtins.any (host: host.http2) hosts && anyTls && cfg.mpm != "prefork") "http2";
  moduleLine =
    module:
    if builtins.isString module then
      "LoadModule ${module}_module ${modulesDir}/mod_${module}.so\n"
    else
      "LoadModule ${module.name}_module ${module.path}\n";
  phpModules = optional cfg.enablePHP {
    name = "php";
    path = "${cfg.phpPackage}/lib/apache2/modules/libphp8.4.so";
  };

  plainConfig = pkgs.writeText "httpd.conf" ''
    ServerRoot ${pkgs.apache2-bin}
    ServerName ${config.networking.hostName}
    DefaultRuntimeDir ${runtimeDir}
    PidFile ${runtimeDir}/httpd.pid
    ${concatMapStrings moduleLine (lib.unique (modules ++ phpModules ++ cfg.extraModules))}
    User ${cfg.user}
    Group ${cfg.group}
    ${concatMapStrings (line: "Listen ${lib.removePrefix "*:" (place line)}${optionalString line.ssl " https"}\n") (
      lib.unique (lib.concatMap listensOf hosts)
    )}
    ${optionalString (cfg.adminAddr != null) "ServerAdmin ${cfg.adminAddr}"}
    ErrorLog ${cfg.logDir}/error.log
    LogLevel notice
    LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" combined
    LogFormat "%h %l %u %t \"%r\" %>s %b" common
    CustomLog ${cfg.logDir}/access.log ${cfg.logFormat}
    TypesConfig ${pkgs.media-types}/etc/mime.types
    ServerTokens Prod
    TraceEnable off
    <Files ~ "^\.ht">
      Require all denied
    </Files>
    <Directory />
      Options FollowSymLinks
      AllowOverride None
      Require all denied
    </Directory>
    ${open builtins.storeDir "Options FollowSymLinks"}
    ${optionalString anyTls ''
      SSLSessionCache shmcb:${runtimeDir}/ssl_scache(512000)
      SSLCipherSuite ${cfg.sslCiphers}
      SSLProtocol ${cfg.sslProtocols}
      SSLHonorCipherOrder off
      Mutex posixsem
    ''}
    ${optionalString cfg.enablePHP ''
      <FilesMatch "\.php$">
        SetHandler application/x-httpd-php
      </FilesMatch>
      DirectoryIndex index.php index.html
      PHPIniDir ${pkgs.writeTextDir "php.ini" cfg.phpOptions}
    ''}
    MaxRequestWorkers ${toString cfg.maxClients}
    MaxConnectionsPerChild ${toString cfg.maxRequestsPerChild}
    ${concatMapStrings hostText hosts}
    ${cfg.extraConfig}
  '';
in
{
  options.services.httpd = {
    enable = mkEnableOption "the Apache HTTP server";
    package = lib.mkPackageOption pkgs "apache2-bin" { };
    configFile = mkOption {
      type = types.path;
      default = plainConfig;
      defaultText = lib.literalMD "a file made of the other options";
      description = "The whole configuration, instead of what the other options make.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Text at the end of the configuration.";
    };
    extraModules = mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
      example = lib.literalExpression ''[ "proxy_connect" { name = "jk"; path = "''${pkgs.libapache2-mod-jk}/lib/apache2/modules/mod_jk.so"; } ]'';
      description = "Modules to load: names of the server's own, or a name and the file.";
    };
    adminAddr = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "admin@example.org";
      description = "Address of whoever looks after the server.";
    };
    logFormat = mkOption {
      type = types.str;
      default = "common";
      description = "Format of the access log.";
    };
    logPerVirtualHost = mkOption {
      type = types.bool;
      default = true;
      description = "Whether each host has logs of its own.";
    };
    logDir = mkOption {
      type = types.path;
      default = "/var/log/httpd";
      description = "Folder of the logs.";
    };
    user = mkOption {
      type = types.str;
      default = "wwwrun";
      description = "User as whom requests are answered.";
    };
    group = mkOption {
      type = types.str;
      default = "wwwrun";
      description = "Group as which requests are answered.";
    };
    virtualHosts = mkOption {
      type = types.attrsOf (types.submodule (import ./vhost-options.nix { inherit lib; }));
      default.localhost.documentRoot = "${pkgs.apache2-data}/share/apache2/default-site";
      defaultText = lib.literalMD "a host `localhost` with Apache's own page";
      description = "Hosts by name.";
    };
    mpm = mkOption {
      type = types.enum [
        "event"
        "prefork"
        "worker"
      ];
      default = "event";
      description = "How requests are spread over processes and threads.";
    };
    maxClients = mkOption {
      type = types.int;
      default = 150;
      description = "Number of requests at a time.";
    };
    maxRequestsPerChild = mkOption {
      type = types.int;
      default = 0;
      description = "Connections after which a process is replaced; 0 means never.";
    };
    enablePHP = mkEnableOption "PHP inside the server";
    phpPackage = mkOption {
      type = types.package;
      default = pkgs.debianPackages."libapache2-mod-php8.4";
      defaultText = lib.literalMD "Debian's `libapache2-mod-php8.4`";
      description = "Package of the PHP module.";
    };
    phpOptions = mkOption {
      type = types.lines;
      default = "";
      example = ''date.timezone = "CET"'';
      description = "Text of php.ini.";
    };
    sslCiphers = mkOption {
      type = types.str;
      default = "HIGH:!aNULL:!MD5:!EXP";
      description = "Ciphers of TLS up to 1.2.";
    };
    sslProtocols = mkOption {
      type = types.str;
      default = "All -SSLv2 -SSLv3 -TLSv1 -TLSv1.1";
      description = "Versions of TLS.";
    };
  };

  config = mkIf cfg.enable {
    assertions =
      map (host: {
        assertion = lib.count lib.id [ host.addSSL host.forceSSL host.onlySSL ] <= 1;
        message = "services.httpd.virtualHosts.${host.hostName}: only one of addSSL, forceSSL and onlySSL can be set.";
      }) hosts
      ++ map (host: {
        assertion = hasTls host -> host.sslServerCert != null && host.sslServerKey != null;
        message = "services.httpd.virtualHosts.${host.hostName}: TLS needs sslServerCert and sslServerKey, or enableACME.";
      }) hosts
      ++ [
        {
          assertion = cfg.enablePHP -> cfg.mpm == "prefork";
          message = "services.httpd.enablePHP needs services.httpd.mpm = \"prefork\": Debian's PHP module knows no threads.";
        }
      ];

    users.users = lib.optionalAttrs (cfg.user == "wwwrun") {
      wwwrun = {
        inherit (cfg) group;
        description = "Apache httpd user";
        uid = config.ids.uids.wwwrun;
        isSystemUser = true;
      };
    };
    users.groups = lib.optionalAttrs (cfg.group == "wwwrun") { wwwrun.gid = config.ids.gids.wwwrun; };

    security.acme.certs = lib.listToAttrs (
      map (
        host:
        lib.nameValuePair host.certName {
          group = lib.mkDefault cfg.group;
          webroot = mkIf (host.acmeRoot != null) (lib.mkOverride 1400 host.acmeRoot);
          extraDomainNames = host.serverAliases;
          reloadServices = [ "httpd.service" ];
        }
      ) (builtins.filter (host: host.enableACME) hosts)
    );

    environment.systemPackages = [ cfg.package ];
    environment.etc."httpd/httpd.conf".source = cfg.configFile;

    systemd.services.httpd =
      let
        names = lib.unique (map (host: host.certName) (builtins.filter (host: host.usesAcme) hosts));
        command = "${cfg.package}/bin/apache2 -f /etc/httpd/httpd.conf";
      in
      {
        description = "Apache HTTPD";
        wantedBy = [ "multi-user.target" ];
        wants = map (name: "acme-selfsigned-${name}.service") names;
        after = [ "network.target" ] ++ map (name: "acme-selfsigned-${name}.service") names;
        before = map (name: "acme-${name}.service") names;
        reloadTriggers = [ cfg.configFile ];
        path = [
          cfg.package
          pkgs.coreutils
          pkgs.gnugrep
        ];
        serviceConfig = {
          ExecStart = "${command} -DFOREGROUND";
          ExecReload = "${command} -k graceful";
          ExecStop = "${command} -k graceful-stop";
          Type = "simple";
          PIDFile = "${runtimeDir}/httpd.pid";
          KillMode = "mixed";
          Restart = "always";
          RestartSec = "5s";
          RuntimeDirectory = "httpd";
          RuntimeDirectoryMode = "0750";
          LogsDirectory = mkIf (cfg.logDir == "/var/log/httpd") "httpd";
          PrivateTmp = true;
        };
      };
  };
}
