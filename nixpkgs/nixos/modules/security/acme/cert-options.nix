# Options of one certificate, and of the defaults of all.
{ lib, defaults, isDefaults }:
let
  inherit (lib) mkEnableOption mkOption types;

  # A certificate's option follows the default of the same name, unless it says `inheritDefaults = false`.
  fallback = inherits: name: value: if isDefaults || !inherits then value else defaults.${name};
in
{ config, name, ... }:
let
  inherits = if isDefaults then false else config.inheritDefaults;
  setting =
    option: type: default: description:
    mkOption {
      inherit type description;
      default = fallback inherits option default;
      defaultText = lib.literalExpression (
        if isDefaults then lib.generators.toPretty { } default else "config.security.acme.defaults.${option}"
      );
    };
  nullable = types.nullOr types.str;
in
{
  options = {
    email = setting "email" nullable null "Address that the authority writes to.";
    server = setting "server" nullable "https://acme-v02.api.letsencrypt.org/directory" "Directory of the authority.";
    keyType = setting "keyType" types.str "ec256" "Type of the key: `ec256`, `ec384`, `rsa2048`, `rsa4096` …";
    dnsProvider = setting "dnsProvider" nullable null "lego's name of the DNS provider, if challenges are answered by DNS.";
    dnsResolver = setting "dnsResolver" nullable null "Name server that is asked whether a DNS challenge is visible.";
    dnsPropagationCheck = setting "dnsPropagationCheck" types.bool true "Whether lego waits until a DNS challenge is visible.";
    environmentFile = setting "environmentFile" (types.nullOr types.path) null "File of environment variables with the provider's credentials.";
    credentialFiles = setting "credentialFiles" (types.attrsOf types.path) { } "Files with single credentials, by the variable, ending in `_FILE`, that names them.";
    webroot = setting "webroot" nullable null "Folder whose `.well-known/acme-challenge` a web server serves on port 80.";
    listenHTTP = setting "listenHTTP" nullable null "Address at which lego answers challenges itself, such as `:1360`.";
    group = setting "group" types.str "acme" "Group that can read the certificate and its key.";
    validMinDays = setting "validMinDays" types.int 30 "Days before the end at which a certificate is renewed.";
    renewInterval = setting "renewInterval" types.str "daily" "How often it is looked whether that is due, as in systemd.time(7).";
    reloadServices = setting "reloadServices" (types.listOf types.str) [ ] "Units to reload with a new certificate.";
    postRun = setting "postRun" types.lines "" "Shell commands to run, as root, with a new certificate.";
    ocspMustStaple = setting "ocspMustStaple" types.bool false "Whether the certificate demands OCSP stapling.";
    profile = setting "profile" nullable null "The authority's profile of certificates.";
    enableDebugLogs = setting "enableDebugLogs" types.bool true "Whether lego logs what it does in detail.";
    extraLegoFlags = setting "extraLegoFlags" (types.listOf types.str) [ ] "More arguments of lego.";
    extraLegoRunFlags = setting "extraLegoRunFlags" (types.listOf types.str) [ ] "More arguments of `lego run`.";
    extraLegoRenewFlags = setting "extraLegoRenewFlags" (types.listOf types.str) [ ] "More arguments of `lego renew`.";
  }
  // lib.optionalAttrs (!isDefaults) {
    inheritDefaults = mkEnableOption "taking what is not said from `security.acme.defaults`" // {
      default = true;
    };
    domain = mkOption {
      type = types.str;
      default = name;
      description = "Main name that the certificate is for.";
    };
    extraDomainNames = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "example.org"
        "mydomain.org"
      ];
      description = "Other names that the certificate is for.";
    };
    directory = mkOption {
      type = types.str;
      readOnly = true;
      default = "/var/lib/acme/${name}";
      description = "Folder of the certificate and its key.";
    };
  };
}
