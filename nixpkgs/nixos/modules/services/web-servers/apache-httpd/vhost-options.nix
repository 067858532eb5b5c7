# Options of one virtual host of the Apache server.
{ lib }:
let
  inherit (lib) mkOption types;
  flag =
    description:
    mkOption {
      type = types.bool;
      default = false;
      inherit description;
    };
  nullable =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
in
{ name, ... }:
{
  options = {
    hostName = mkOption {
      type = types.str;
      default = name;
      description = "Name of the host.";
    };
    serverAliases = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Other names of the host.";
    };
    listen = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            ip = mkOption {
              type = types.str;
              default = "*";
              description = "Address to listen on; `*` means all.";
            };
            port = mkOption {
              type = types.port;
              description = "Port to listen on.";
            };
            ssl = flag "Whether connections to it are encrypted.";
          };
        }
      );
      default = [ ];
      description = "Addresses and ports to listen on, instead of what the options for TLS imply.";
    };
    listenAddresses = mkOption {
      type = types.nonEmptyListOf types.str;
      default = [ "*" ];
      description = "Addresses to listen on.";
    };
    enableACME = flag "Whether a certificate for this host's names is asked for by ACME.";
    useACMEHost = nullable types.str "Name in `security.acme.certs` of a certificate to use.";
    acmeRoot = mkOption {
      type = types.nullOr types.str;
      default = "/var/lib/acme/acme-challenge";
      description = "Folder where ACME's challenges are served from.";
    };
    addSSL = flag "Whether the host is served over HTTP and HTTPS.";
    onlySSL = flag "Whether the host is served over HTTPS only.";
    forceSSL = flag "Whether the host is served over HTTPS, and HTTP leads there.";
    sslServerCert = nullable types.path "The host's certificate.";
    sslServerKey = nullable types.path "The certificate's key.";
    sslServerChain = nullable types.path "Certificates between it and its authority.";
    http2 = mkOption {
      type = types.bool;
      default = true;
      description = "Whether HTTP/2 is spoken.";
    };
    adminAddr = nullable types.str "Address of whoever looks after the host.";
    documentRoot = nullable types.path "Folder that is served.";
    servedDirs = mkOption {
      type = types.listOf types.attrs;
      default = [ ];
      example = [
        {
          urlPath = "/nix";
          dir = "/home/eelco/Dev/nix-homepage";
        }
      ];
      description = "Folders that are served at other paths.";
    };
    servedFiles = mkOption {
      type = types.listOf types.attrs;
      default = [ ];
      example = [
        {
          urlPath = "/foo/bar.png";
          file = "/home/eelco/some-file.png";
        }
      ];
      description = "Files that are served at other paths.";
    };
    globalRedirect = nullable types.str "Address that every request is sent on to.";
    logFormat = mkOption {
      type = types.str;
      default = "common";
      example = "combined";
      description = "Format of the access log.";
    };
    robotsEntries = mkOption {
      type = types.lines;
      default = "";
      example = "Disallow: /foo/";
      description = "Text of `robots.txt`.";
    };
    enableUserDir = flag "Whether `public_html` of users is served at `/~user`.";
    locations = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            proxyPass = nullable types.str "Server that requests are passed on to.";
            index = nullable types.str "Files that stand for a folder.";
            alias = nullable types.path "Folder that takes the place of the location's own path.";
            extraConfig = mkOption {
              type = types.lines;
              default = "";
              description = "Text that is added to the location.";
            };
            priority = mkOption {
              type = types.int;
              default = 1000;
              description = "Place among the locations: smaller is earlier.";
            };
          };
        }
      );
      default = { };
      description = "Locations of the host by their path.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Text that is added to the host.";
    };
  };
}
