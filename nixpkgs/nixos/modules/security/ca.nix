# Certificates that connections are checked with.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkIf
    mkOption
    types
    ;
  cfg = config.security.pki;

  given = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
  isPlain = cfg.certificateFiles == [ given ] && cfg.certificates == [ ] && cfg.caCertificateBlacklist == [ ];

  # A certificate in the bundle follows a line with its name.
  made =
    pkgs.runCommandLocal "ca-bundle.crt"
      {
        files = cfg.certificateFiles ++ map (builtins.toFile "certificate.pem") cfg.certificates;
        unwanted = lib.concatStringsSep "\n" cfg.caCertificateBlacklist;
      }
      ''
        awk -v unwanted="$unwanted" '
          BEGIN { count = split(unwanted, names, "\n"); for (i = 1; i <= count; i++) skip[names[i]] = 1 }
          /-----BEGIN/ { inside = 1 }
          !inside { title = $0; next }
          inside && !(title in skip) { print }
          /-----END/ { inside = 0; title = "" }
        ' $files > $out
      '';
in
{
  options.security.pki = {
    installCACerts = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the system has certificates.";
    };

    certificateFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      example = literalExpression "[ ./company-ca.crt ]";
      description = "Files with certificates to trust, besides those that everybody trusts.";
    };

    certificates = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Certificates to trust, as PEM.";
    };

    caCertificateBlacklist = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "WoSign" ];
      description = "Names of certificates not to trust.";
    };

    caBundle = mkOption {
      type = types.path;
      internal = true;
      default = if isPlain then given else made;
      defaultText = "";
      description = "All certificates in one file.";
    };
  };

  config = mkIf cfg.installCACerts {
    security.pki.certificateFiles = [ given ];

    environment.etc = {
      "ssl/certs/ca-certificates.crt".source = cfg.caBundle;
      "ssl/certs/ca-bundle.crt".source = cfg.caBundle;
      "pki/tls/certs/ca-bundle.crt".source = cfg.caBundle;
    };
  };
}
