# Options of nginx as a whole.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkEnableOption mkOption types;
  cfg = config.services.nginx;

  text =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };
  recommended =
    what:
    mkOption {
      type = types.bool;
      default = false;
      description = "Whether ${what}.";
    };
  number =
    description:
    mkOption {
      type = types.nullOr types.ints.positive;
      default = null;
      inherit description;
    };

  cacheOptions =
    { name, ... }:
    {
      options = {
        enable = mkEnableOption "this cache";
        keysZoneName = mkOption {
          type = types.str;
          default = "cache";
          description = "Name of the memory that holds the keys, for `proxy_cache`.";
        };
        keysZoneSize = mkOption {
          type = types.str;
          default = "10m";
          description = "Size of that memory.";
        };
        levels = mkOption {
          type = types.str;
          default = "1:2";
          description = "Lengths of the names of nested folders.";
        };
        useTempPath = mkOption {
          type = types.bool;
          default = false;
          description = "Whether answers are first written elsewhere.";
        };
        inactive = mkOption {
          type = types.str;
          default = "10m";
          description = "Time after which an answer that nobody asked for is dropped.";
        };
        maxSize = mkOption {
          type = types.str;
          default = "1g";
          description = "Size of the cache.";
        };
      };
    };
in
{
  options.services.nginx = {
    enable = mkEnableOption "nginx, a web server";
    package = lib.mkPackageOption pkgs "nginx" { };

    additionalModules = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.libnginx-mod-http-geoip2 ]";
      description = "Packages with modules to load.";
    };

    user = mkOption {
      type = types.str;
      default = "nginx";
      description = "User as whom nginx runs.";
    };
    group = mkOption {
      type = types.str;
      default = "nginx";
      description = "Group as which nginx runs.";
    };

    enableReload = mkOption {
      type = types.bool;
      default = false;
      description = "Whether nginx reads a changed configuration, instead of being restarted.";
    };
    logError = mkOption {
      type = types.str;
      default = "stderr";
      example = "stderr debug";
      description = "Where errors are logged, and from which severity on.";
    };
    preStart = text "Shell commands that run before nginx starts.";

    config = text "The whole configuration, instead of what the other options make.";
    httpConfig = text "The content of `http`, instead of what the options for hosts make.";
    streamConfig = text "The content of `stream`.";
    eventsConfig = text "The content of `events`.";
    prependConfig = text "Text at the start of the configuration.";
    appendConfig = text "Text at the end of the configuration.";
    commonHttpConfig = text "Text in `http`, before the hosts.";
    appendHttpConfig = text "Text in `http`, after the hosts.";
    commonServerConfig = text "Text in every host.";

    recommendedOptimisation = recommended "files are sent the efficient way";
    recommendedTlsSettings = recommended "TLS is set up as Mozilla's intermediate profile advises";
    recommendedGzipSettings = recommended "answers are compressed by gzip";
    recommendedBrotliSettings = recommended "answers are compressed by Brotli";
    recommendedZstdSettings = recommended "answers are compressed by Zstandard";
    recommendedProxySettings = recommended "proxied servers are told of the client, over connections that stay open";
    recommendedUwsgiSettings = recommended "uWSGI servers are told of the client";

    proxyTimeout = mkOption {
      type = types.str;
      default = "60s";
      example = "20s";
      description = "How long a proxied server may take, with the recommended proxy settings.";
    };
    uwsgiTimeout = mkOption {
      type = types.str;
      default = "60s";
      example = "20s";
      description = "How long a uWSGI server may take, with the recommended settings.";
    };
    proxyResolveWhileRunning = mkOption {
      type = types.bool;
      default = false;
      description = "Whether names of proxied servers are looked up again and again, which needs a `resolver`.";
    };

    defaultListen = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            addr = mkOption {
              type = types.str;
              description = "Address to listen on.";
            };
            port = mkOption {
              type = types.nullOr types.port;
              default = null;
              description = "Port to listen on; `null` takes the default one.";
            };
            ssl = mkOption {
              type = types.nullOr types.bool;
              default = null;
              description = "Whether it is for TLS only or not at all; `null` does both.";
            };
            proxyProtocol = mkOption {
              type = types.bool;
              default = false;
              description = "Whether a proxy speaks the PROXY protocol to it.";
            };
            extraParameters = mkOption {
              type = types.listOf types.str;
              default = [ ];
              description = "More parameters of the `listen` directive.";
            };
          };
        }
      );
      default = [ ];
      example = [
        {
          addr = "10.0.0.12";
          proxyProtocol = true;
        }
      ];
      description = "What hosts listen on unless they say it themselves.";
    };
    defaultListenAddresses = mkOption {
      type = types.listOf types.str;
      default = [ "0.0.0.0" ] ++ lib.optional config.networking.enableIPv6 "[::0]";
      defaultText = lib.literalExpression ''[ "0.0.0.0" ] ++ lib.optional config.networking.enableIPv6 "[::0]"'';
      description = "Addresses that hosts listen on unless they say it themselves.";
    };
    defaultHTTPListenPort = mkOption {
      type = types.port;
      default = 80;
      description = "Port for HTTP.";
    };
    defaultSSLListenPort = mkOption {
      type = types.port;
      default = 443;
      description = "Port for HTTPS.";
    };
    defaultMimeTypes = mkOption {
      type = types.path;
      default = "${pkgs.nginx-common}/etc/nginx/mime.types";
      defaultText = lib.literalExpression ''"''${pkgs.nginx-common}/etc/nginx/mime.types"'';
      description = "Table of MIME types.";
    };

    clientMaxBodySize = mkOption {
      type = types.str;
      default = "10m";
      description = "Largest body of a request.";
    };
    serverTokens = mkOption {
      type = types.bool;
      default = false;
      description = "Whether answers name nginx's version.";
    };
    statusPage = mkOption {
      type = types.bool;
      default = false;
      description = "Whether `http://localhost/nginx_status` shows what nginx is doing.";
    };

    sslCiphers = mkOption {
      type = types.nullOr types.str;
      default = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384";
      description = "Ciphers of TLS up to 1.2; `null` leaves them to nginx.";
    };
    sslProtocols = mkOption {
      type = types.str;
      default = "TLSv1.2 TLSv1.3";
      description = "Versions of TLS.";
    };
    sslDhparam = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/path/to/dhparams.pem";
      description = "File of Diffie-Hellman parameters.";
    };

    resolver = {
      addresses = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [
          "[::1]"
          "127.0.0.1:5353"
        ];
        description = "Name servers that nginx asks while it runs.";
      };
      valid = mkOption {
        type = types.str;
        default = "";
        example = "30s";
        description = "How long an answer counts, instead of what it says itself.";
      };
      ipv4 = mkOption {
        type = types.bool;
        default = true;
        description = "Whether IPv4 addresses are looked up.";
      };
      ipv6 = mkOption {
        type = types.bool;
        default = config.networking.enableIPv6;
        defaultText = lib.literalExpression "config.networking.enableIPv6";
        description = "Whether IPv6 addresses are looked up.";
      };
    };

    mapHashBucketSize = number "Size of a bucket of the tables of `map`.";
    mapHashMaxSize = number "Largest size of the tables of `map`.";
    serverNamesHashBucketSize = number "Size of a bucket of the table of host names.";
    serverNamesHashMaxSize = number "Largest size of the table of host names.";

    proxyCachePath = mkOption {
      type = types.attrsOf (types.submodule cacheOptions);
      default = { };
      description = "Caches of proxied answers, by the name of their folder in `/var/cache/nginx`.";
    };

    upstreams = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            servers = mkOption {
              type = types.attrsOf (
                types.submodule {
                  freeformType = types.attrsOf (
                    types.oneOf [
                      types.bool
                      types.int
                      types.str
                    ]
                  );
                  options.backup = mkOption {
                    type = types.bool;
                    default = false;
                    description = "Whether the server is asked only when the others fail.";
                  };
                }
              );
              default = { };
              example."127.0.0.1:8000".weight = 5;
              description = "Addresses of the servers, and their parameters.";
            };
            extraConfig = text "Text that is added to the group.";
          };
        }
      );
      default = { };
      example."backend".servers = {
        "10.0.0.1:8000" = { };
        "10.0.0.2:8000".backup = true;
      };
      description = "Groups of servers that requests can be passed on to by name.";
    };

    virtualHosts = mkOption {
      type = types.attrsOf (
        types.submodule (
          import ./vhost-options.nix {
            inherit lib;
            defaults = cfg;
          }
        )
      );
      default.localhost = { };
      example."hydra.example.com" = {
        forceSSL = true;
        enableACME = true;
        locations."/".proxyPass = "http://localhost:3000";
      };
      description = "Hosts by name.";
    };
  };
}
