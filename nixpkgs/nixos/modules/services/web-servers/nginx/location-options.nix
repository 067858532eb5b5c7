# Options of one `location` of nginx.
{ lib, defaults }:
let
  inherit (lib) mkOption types;
  optionalString =
    example: description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit example description;
    };
in
{
  options = {
    basicAuth = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example.user = "password";
      description = "Users and their passwords, which become readable for everyone on the machine.";
    };
    basicAuthFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "File of users and passwords, as htpasswd writes it.";
    };
    proxyPass = optionalString "http://www.example.org/" "Server that requests are passed on to.";
    proxyWebsockets = mkOption {
      type = types.bool;
      default = false;
      description = "Whether WebSocket connections are passed on too.";
    };
    uwsgiPass = optionalString "unix:/run/example/example.sock" "uWSGI server that requests are passed on to.";
    index = optionalString "index.php index.html" "Files that stand for a folder.";
    tryFiles = optionalString "$uri =404" "Files to try, and what to do without them.";
    root = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/your/root/directory";
      description = "Folder that the request's path is looked up in.";
    };
    alias = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/your/alias/directory";
      description = "Folder that takes the place of the location's own path.";
    };
    return = mkOption {
      type = types.nullOr (
        types.oneOf [
          types.str
          types.int
        ]
      );
      default = null;
      example = "301 http://example.com$request_uri";
      description = "Status, and where it needs one the address or text, to answer with.";
    };
    fastcgiParams = mkOption {
      type = types.attrsOf (types.either types.str types.path);
      default = { };
      description = "FastCGI parameters; once there are any, the usual ones are sent as well.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Text that is added to the location.";
    };
    priority = mkOption {
      type = types.int;
      default = 1000;
      description = "Place among the locations, which counts for regular expressions: smaller is earlier.";
    };
    recommendedProxySettings = mkOption {
      type = types.bool;
      default = defaults.recommendedProxySettings;
      defaultText = lib.literalExpression "config.services.nginx.recommendedProxySettings";
      description = "Whether the proxied server is told of the client.";
    };
    recommendedUwsgiSettings = mkOption {
      type = types.bool;
      default = defaults.recommendedUwsgiSettings;
      defaultText = lib.literalExpression "config.services.nginx.recommendedUwsgiSettings";
      description = "Whether the uWSGI server is told of the client.";
    };
  };
}
