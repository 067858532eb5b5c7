# A virtual host as text of nginx's configuration.
{
  lib,
  pkgs,
  cfg,
  enableIPv6,
  acmeCerts,
}:
let
  inherit (lib)
    concatMapStrings
    concatStringsSep
    mapAttrsToList
    optional
    optionals
    optionalString
    ;

  onOff = value: if value then "on" else "off";

  proxyHeaders = pkgs.writeText "nginx-proxy-headers.conf" ''
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $host;
    proxy_set_header X-Forwarded-Server $hostname;
  '';

  uwsgiParams = pkgs.writeText "nginx-uwsgi-params.conf" ''
    uwsgi_param HTTP_HOST $host;
    uwsgi_param HTTP_X_REAL_IP $remote_addr;
    uwsgi_param HTTP_X_FORWARDED_FOR $proxy_add_x_forwarded_for;
    uwsgi_param HTTP_X_FORWARDED_PROTO $scheme;
    uwsgi_param HTTP_X_FORWARDED_HOST $host;
  '';

  basicAuth =
    name: entry:
    let
      users = pkgs.writeText "${name}.htpasswd" (
        lib.concatStrings (mapAttrsToList (user: password: "${user}:{PLAIN}${password}\n") entry.basicAuth)
      );
      file = if entry.basicAuthFile != null then entry.basicAuthFile else users;
    in
    optionalString (entry.basicAuthFile != null || entry.basicAuth != { }) ''
      auth_basic secured;
      auth_basic_user_file ${file};
    '';

  proxy =
    location:
    optionalString (location.proxyPass != null) (
      # A variable makes nginx look the name up again while it runs.
      if cfg.proxyResolveWhileRunning then
        ''
          set $nix_proxy_target "${location.proxyPass}";
          proxy_pass $nix_proxy_target;
        ''
      else
        "proxy_pass ${location.proxyPass};\n"
    )
    + optionalString location.proxyWebsockets ''
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    ''
    # A location with headers of its own inherits none.
    + optionalString (location.recommendedProxySettings && location.proxyPass != null) "include ${proxyHeaders};\n"
    + optionalString (location.uwsgiPass != null) (
      "include ${pkgs.nginx-common}/etc/nginx/uwsgi_params;\n"
      + optionalString location.recommendedUwsgiSettings "include ${uwsgiParams};\n"
      + "uwsgi_pass ${location.uwsgiPass};\n"
    );

  fastcgi =
    location:
    optionalString (location.fastcgiParams != { }) (
      "include ${pkgs.nginx-common}/etc/nginx/fastcgi.conf;\n"
      + lib.concatStrings (
        mapAttrsToList (name: value: "fastcgi_param ${name} \"${toString value}\";\n") location.fastcgiParams
      )
    );

  setting = keyword: value: optionalString (value != null) "${keyword} ${toString value};\n";

  location =
    { name, value }:
    "location ${name} {\n"
    + proxy value
    + setting "index" value.index
    + setting "try_files" value.tryFiles
    + setting "root" value.root
    + setting "alias" value.alias
    + fastcgi value
    + setting "return" value.return
    + basicAuth (lib.strings.sanitizeDerivationName name) value
    + value.extraConfig
    + "\n}\n";
  locations =
    set: concatMapStrings location (lib.sortOn (entry: entry.value.priority) (lib.attrsToList set));

  # What is listened on, from what is said of TLS.
  listensOf =
    host:
    let
      secure = usesTls host || host.rejectSSL;
      addresses = if host.listenAddresses != [ ] then host.listenAddresses else cfg.defaultListenAddresses;
      entry = {
        proxyProtocol = false;
        extraParameters = [ ];
      };
      given =
        if cfg.defaultListen != [ ] then
          map (lib.filterAttrs (_: value: value != null)) cfg.defaultListen
        else
          map (addr: { inherit addr; }) addresses;
      secured = map (line: entry // { port = cfg.defaultSSLListenPort; } // line // { ssl = true; }) (
        builtins.filter (line: line.ssl or true) given
      );
      plain = map (line: entry // { port = cfg.defaultHTTPListenPort; } // line // { ssl = false; }) (
        builtins.filter (line: !(line.ssl or false)) given
      );
    in
    if host.listen != [ ] then
      host.listen
    else
      optionals secure secured ++ optionals (!host.onlySSL) plain;

  usesTls = host: host.onlySSL || host.addSSL || host.forceSSL;

  listen =
    host: line:
    let
      place = if line.port == null then line.addr else "${line.addr}:${toString line.port}";
      common = optional host.default "default_server" ++ optional host.reuseport "reuseport";
      onlyTcp = [
        "ssl"
        "http2"
        "proxy_protocol"
        "fastopen"
        "backlog"
        "deferred"
      ];
      forQuic = builtins.filter (
        parameter: !(builtins.elem (builtins.head (lib.splitString "=" parameter)) onlyTcp)
      ) line.extraParameters;
      write = parameters: "listen ${concatStringsSep " " ([ place ] ++ parameters)};\n";
    in
    optionalString (line.ssl && host.quic) (write ([ "quic" ] ++ common ++ forQuic))
    + write (
      optional line.ssl "ssl" ++ common ++ optional line.proxyProtocol "proxy_protocol" ++ line.extraParameters
    );

  challenge =
    host:
    optionalString (host.enableACME || host.useACMEHost != null) (
      ''
        location ^~ /.well-known/acme-challenge/ {
          ${optionalString (host.acmeFallbackHost != null) "try_files $uri @acme-fallback;"}
          ${optionalString (host.acmeRoot != null) "root ${host.acmeRoot};"}
          auth_basic off;
          auth_request off;
        }
      ''
      + optionalString (host.acmeFallbackHost != null) ''
        location @acme-fallback {
          auth_basic off;
          auth_request off;
          proxy_pass http://${host.acmeFallbackHost};
        }
      ''
    );

  tls =
    host:
    optionalString (usesTls host) (
      ''
        http2 ${onOff host.http2};
        ssl_certificate ${host.sslCertificate};
        ssl_certificate_key ${host.sslCertificateKey};
      ''
      + setting "ssl_trusted_certificate" host.sslTrustedCertificate
      + optionalString host.kTLS "ssl_conf_command Options KTLS;\n"
      + optionalString host.quic ''
        http3 ${onOff host.http3};
        http3_hq ${onOff host.http3_hq};
      ''
      + optionalString (host.quic && host.http3) ''
        add_header Alt-Svc 'h3=":$server_port"; ma=86400';
      ''
    )
    + optionalString host.rejectSSL "ssl_reject_handshake on;\n";

  redirect =
    host: target: "location / {\n  return ${toString host.redirectCode} ${target}$request_uri;\n}\n";

  names = host: "server_name ${concatStringsSep " " ([ host.serverName ] ++ host.serverAliases)};\n";

  plainServer =
    host: lines:
    "server {\n" + concatMapStrings (listen host) lines + names host + challenge host + redirect host "https://$host" + "}\n";

  # The host with its name and its certificate's place filled in.
  complete =
    name: host:
    let
      serverName = if host.serverName != null then host.serverName else name;
      certName = if host.useACMEHost != null then host.useACMEHost else serverName;
      folder = acmeCerts.${certName}.directory;
    in
    host
    // {
      inherit serverName certName;
    }
    // lib.optionalAttrs (host.enableACME || host.useACMEHost != null) {
      sslCertificate = "${folder}/fullchain.pem";
      sslCertificateKey = "${folder}/key.pem";
      sslTrustedCertificate =
        if host.sslTrustedCertificate != null then host.sslTrustedCertificate else "${folder}/chain.pem";
    };

  render =
    name: given:
    let
      host = complete name given;
      lines = listensOf host;
      own = if host.forceSSL then builtins.filter (line: line.ssl) lines else lines;
    in
    optionalString host.forceSSL (plainServer host (builtins.filter (line: !line.ssl) lines))
    + "server {\n"
    + concatMapStrings (listen host) own
    + names host
    + challenge host
    + cfg.commonServerConfig
    + setting "root" host.root
    + optionalString (host.globalRedirect != null) (
      redirect host "http${optionalString (usesTls host) "s"}://${host.globalRedirect}"
    )
    + tls host
    + basicAuth (lib.strings.sanitizeDerivationName name) host
    + locations host.locations
    + host.extraConfig
    + "\n}\n";

  statusServer = ''
    server {
      listen ${toString cfg.defaultHTTPListenPort};
      ${optionalString enableIPv6 "listen [::]:${toString cfg.defaultHTTPListenPort};"}
      server_name localhost;
      location /nginx_status {
        stub_status on;
        access_log off;
        allow 127.0.0.1;
        ${optionalString enableIPv6 "allow ::1;"}
        deny all;
      }
    }
  '';
in
{
  inherit complete proxyHeaders uwsgiParams;
  servers = lib.concatStrings (mapAttrsToList render cfg.virtualHosts) + optionalString cfg.statusPage statusServer;
}
