# Options of one virtual host of nginx.
{ lib, defaults }:
let
  inherit (lib) mkEnableOption mkOption types;

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  nullable =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
in
{
  options = {
    serverName = nullable types.str "Name of the host; `null` is the attribute's name.";
    serverAliases = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "www.example.org"
        "example.org"
      ];
      description = "Other names of the host.";
    };

    listen = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            addr = mkOption {
              type = types.str;
              description = "Address to listen on, or `unix:` and a path.";
            };
            port = nullable types.port "Port to listen on.";
            ssl = flag false "Whether connections to it are encrypted.";
            proxyProtocol = flag false "Whether a proxy speaks the PROXY protocol to it.";
            extraParameters = mkOption {
              type = types.listOf types.str;
              default = [ ];
              example = [
                "backlog=1024"
                "deferred"
              ];
              description = "More parameters of the `listen` directive.";
            };
          };
        }
      );
      default = [ ];
      example = [
        {
          addr = "195.154.1.1";
          port = 443;
          ssl = true;
        }
      ];
      description = "Addresses and ports to listen on, instead of what the options for TLS imply.";
    };
    listenAddresses = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "127.0.0.1"
        "[::1]"
      ];
      description = "Addresses to listen on; none means those of `services.nginx.defaultListenAddresses`.";
    };

    enableACME = flag false "Whether a certificate for this host's names is asked for by ACME.";
    useACMEHost = nullable types.str "Name in `security.acme.certs` of a certificate to use, which is asked for elsewhere.";
    acmeRoot = mkOption {
      type = types.nullOr types.str;
      default = "/var/lib/acme/acme-challenge";
      description = "Folder where ACME's challenges are served from; `null` if they are answered by DNS.";
    };
    acmeFallbackHost = nullable types.str "Host to ask for challenges that are not there.";

    addSSL = flag false "Whether the host is served over HTTP and HTTPS.";
    onlySSL = flag false "Whether the host is served over HTTPS only.";
    forceSSL = flag false "Whether the host is served over HTTPS, and HTTP leads there.";
    rejectSSL = flag false "Whether HTTPS connections to the host are refused.";
    redirectCode = mkOption {
      type = types.ints.between 300 399;
      default = 301;
      example = 308;
      description = "Status of the answers that lead to HTTPS or to `globalRedirect`.";
    };
    kTLS = flag false "Whether the kernel encrypts.";
    sslCertificate = mkOption {
      type = types.path;
      example = "/var/host.cert";
      description = "The host's certificate.";
    };
    sslCertificateKey = mkOption {
      type = types.path;
      example = "/var/host.key";
      description = "The certificate's key.";
    };
    sslTrustedCertificate = nullable types.path "Certificates of the authorities that vouch for it, for OCSP stapling.";

    http2 = flag true "Whether HTTP/2 is spoken over TLS.";
    http3 = flag true "Whether HTTP/3 is spoken; needs `quic`.";
    http3_hq = mkEnableOption "the variant of HTTP/3 that interoperability tests use; needs `quic`";
    quic = mkEnableOption "listening for QUIC";
    reuseport = flag false "Whether each worker listens by itself; only one host can say so for an address.";

    root = nullable types.path "Folder that is served.";
    default = flag false "Whether requests for unknown hosts come here.";
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Text that is added to the server.";
    };
    globalRedirect = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "newserver.example.org";
      description = "Host that every request is sent on to.";
    };
    basicAuth = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example.user = "password";
      description = "Users and their passwords, which become readable for everyone on the machine.";
    };
    basicAuthFile = nullable types.path "File of users and passwords, as htpasswd writes it.";

    locations = mkOption {
      type = types.attrsOf (types.submodule (import ./location-options.nix { inherit lib defaults; }));
      default = { };
      example."/".proxyPass = "http://localhost:3000";
      description = "Locations of the host by the path, or the modifier and the expression, that they match.";
    };
  };
}
