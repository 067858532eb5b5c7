# Certificates by ACME: asked for and renewed by lego, kept in /var/lib/acme.
#
# A self-signed certificate comes first, so that servers can start before the authority has answered.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStringsSep
    mkEnableOption
    mkIf
    mkOption
    optionals
    optionalString
    types
    ;

  cfg = config.security.acme;

  optionsFor = isDefaults: import ./cert-options.nix {
    inherit lib isDefaults;
    inherit (cfg) defaults;
  };

  names = cert: [ cert.domain ] ++ cert.extraDomainNames;
  # lego keeps a wildcard's files under a name without the asterisk.
  fileName = builtins.replaceStrings [ "*" ] [ "_" ];
  user = if cfg.useRoot then "root" else "acme";

  challengeArguments =
    cert:
    if cert.dnsProvider != null then
      [
        "--dns"
        cert.dnsProvider
      ]
      ++ optionals (!cert.dnsPropagationCheck) [ "--dns.propagation-disable-ans" ]
      ++ optionals (cert.dnsResolver != null) [
        "--dns.resolvers"
        cert.dnsResolver
      ]
    else if cert.listenHTTP != null then
      [
        "--http"
        "--http.port"
        cert.listenHTTP
      ]
    else
      [
        "--http"
        "--http.webroot"
        cert.webroot
      ];

  commonArguments =
    cert:
    [
      "--accept-tos"
      "--path"
      "."
    ]
    ++ lib.concatMap (domain: [
      "--domains"
      domain
    ]) (names cert)
    ++ optionals (cert.email != null) [
      "--email"
      cert.email
    ]
    ++ [
      "--key-type"
      cert.keyType
    ]
    ++ optionals (cert.server != null) [
      "--server"
      cert.server
    ]
    ++ challengeArguments cert
    ++ cert.extraLegoFlags;

  mustStaple = cert: optionals cert.ocspMustStaple [ "--must-staple" ];
  profile = cert: optionals (cert.profile != null) [
    "--profile"
    cert.profile
  ];

  # Decides between asking and renewing by whether the same names have been asked for before.
  obtain =
    name: cert:
    pkgs.writeShellScript "acme-${name}" ''
      set -euo pipefail
      lego=${pkgs.lego}/bin/lego
      ${optionalString cert.enableDebugLogs "set -x"}
      requested=${lib.escapeShellArg (toString (names cert))}
      certificate=certificates/${fileName cert.domain}
      if [ -e "$certificate.key" ] && [ "$(cat names 2>/dev/null)" = "$requested" ]; then
        $lego ${lib.escapeShellArgs (commonArguments cert)} renew --no-random-sleep \
          --days ${toString cert.validMinDays} ${lib.escapeShellArgs (mustStaple cert ++ profile cert ++ cert.extraLegoRenewFlags)}
      else
        $lego ${lib.escapeShellArgs (commonArguments cert)} run ${
          lib.escapeShellArgs (mustStaple cert ++ profile cert ++ cert.extraLegoRunFlags)
        }
        printf %s "$requested" > names
      fi

      target=${cert.directory}
      if ! cmp -s "$certificate.crt" "$target/fullchain.pem"; then
        touch renewed
        install -m 0640 "$certificate.crt" "$target/fullchain.pem"
        install -m 0640 "$certificate.key" "$target/key.pem"
        install -m 0640 "$certificate.issuer.crt" "$target/chain.pem"
        ln -sf fullchain.pem "$target/cert.pem"
        cat "$target/key.pem" "$target/fullchain.pem" > full.new
        install -m 0640 full.new "$target/full.pem"
        rm full.new
      fi
    '';

  # As root, after the certificate has changed.
  announce =
    name: cert:
    pkgs.writeShellScript "acme-announce-${name}" ''
      if [ -e renewed ]; then
        rm renewed
        ${optionalString (cert.reloadServices != [ ])
          "${config.systemd.package}/bin/systemctl --no-block try-reload-or-restart ${lib.escapeShellArgs cert.reloadServices}"
        }
        cd ${cert.directory}
        ${cert.postRun}
      fi
    '';

  selfsign =
    name: cert:
    pkgs.writeShellScript "acme-selfsigned-${name}" ''
      set -euo pipefail
      cd ${cert.directory}
      ${pkgs.openssl}/bin/openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 \
        -keyout key.pem -out fullchain.pem -subj ${lib.escapeShellArg "/CN=${cert.domain}"} \
        -addext ${lib.escapeShellArg "subjectAltName=${concatMapStringsSep "," (domain: "DNS:${domain}") (names cert)}"}
      cp fullchain.pem chain.pem
      ln -sf fullchain.pem cert.pem
      cat key.pem fullchain.pem > full.pem
      chmod 0640 *.pem
    '';

  sandbox = {
    Type = "oneshot";
    User = user;
    UMask = "0027";
    StateDirectoryMode = "0750";
    ProtectSystem = "strict";
    ProtectHome = true;
    PrivateTmp = true;
    PrivateDevices = true;
    NoNewPrivileges = true;
    ProtectHostname = true;
    ProtectClock = true;
    ProtectKernelTunables = true;
    ProtectKernelModules = true;
    ProtectKernelLogs = true;
    ProtectControlGroups = true;
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    LockPersonality = true;
    MemoryDenyWriteExecute = true;
    SystemCallArchitectures = "native";
  };

  selfsignService =
    name: cert:
    lib.nameValuePair "acme-selfsigned-${name}" {
      description = "Preliminary self-signed certificate for ${name}";
      unitConfig.ConditionPathExists = "!${cert.directory}/key.pem";
      serviceConfig = sandbox // {
        Group = cert.group;
        StateDirectory = "acme/${name}";
        ExecStart = selfsign name cert;
      };
    };

  obtainService =
    name: cert:
    lib.nameValuePair "acme-${name}" {
      description = "Renew ACME certificate for ${name}";
      wants = [
        "network-online.target"
        "nss-lookup.target"
      ]
      ++ lib.optional cfg.preliminarySelfsigned "acme-selfsigned-${name}.service";
      after = [
        "network-online.target"
        "nss-lookup.target"
      ]
      ++ lib.optional cfg.preliminarySelfsigned "acme-selfsigned-${name}.service";
      wantedBy = lib.optional (!config.boot.isContainer) "multi-user.target";
      path = [ pkgs.diffutils ];
      environment = lib.mapAttrs (variable: _: "%d/${variable}") cert.credentialFiles;
      startLimitIntervalSec = 60 * 60;
      startLimitBurst = 5;
      serviceConfig = sandbox // {
        Group = cert.group;
        StateDirectory = [
          "acme/${name}"
          "acme/.lego/${name}"
        ];
        WorkingDirectory = "/var/lib/acme/.lego/${name}";
        ReadWritePaths = lib.optional (cert.webroot != null) "-${cert.webroot}";
        EnvironmentFile = mkIf (cert.environmentFile != null) cert.environmentFile;
        LoadCredential = lib.mapAttrsToList (variable: file: "${variable}:${file}") cert.credentialFiles;
        AmbientCapabilities = mkIf (cert.listenHTTP != null) "CAP_NET_BIND_SERVICE";
        ExecStart = obtain name cert;
        ExecStartPost = "+${announce name cert}";
      };
    };

  timer =
    name: cert:
    lib.nameValuePair "acme-${name}" {
      description = "Renew ACME certificate for ${name}";
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = cert.renewInterval;
        Persistent = true;
        AccuracySec = "10m";
        RandomizedDelaySec = "24h";
      };
    };
in
{
  options.security.acme = {
    acceptTerms = mkEnableOption "asking the authority, whose terms of service are thereby accepted";

    preliminarySelfsigned = mkOption {
      type = types.bool;
      default = true;
      description = "Whether servers start with a self-signed certificate until the authority has answered.";
    };

    useRoot = mkOption {
      type = types.bool;
      default = false;
      description = "Whether root asks for certificates, and not the user `acme`.";
    };

    defaults = mkOption {
      type = types.submodule (optionsFor true);
      default = { };
      description = "What certificates are like unless they say otherwise.";
    };

    certs = mkOption {
      type = types.attrsOf (types.submodule (optionsFor false));
      default = { };
      example."example.com" = {
        webroot = "/var/lib/acme/acme-challenge/";
        email = "foo@example.com";
        extraDomainNames = [ "www.example.com" ];
      };
      description = "Certificates to ask for.";
    };
  };

  config = mkIf (cfg.certs != { }) {
    assertions = [
      {
        assertion = cfg.acceptTerms;
        message = "Asking for certificates by ACME means to accept the authority's terms of service: read them (for Let's Encrypt https://letsencrypt.org/repository/) and set security.acme.acceptTerms = true.";
      }
    ]
    ++ lib.concatLists (
      lib.mapAttrsToList (name: cert: [
        {
          assertion = cert.email != null;
          message = "security.acme.certs.${name}: set an email there or in security.acme.defaults.email.";
        }
        {
          assertion =
            lib.count (value: value != null) [
              cert.dnsProvider
              cert.webroot
              cert.listenHTTP
            ] == 1;
          message = "security.acme.certs.${name}: set exactly one of dnsProvider, webroot and listenHTTP.";
        }
      ]) cfg.certs
    );

    users.users.acme = {
      home = "/var/lib/acme";
      group = "acme";
      isSystemUser = true;
    };
    users.groups.acme = { };

    systemd.services = lib.mkMerge [
      (mkIf cfg.preliminarySelfsigned (lib.mapAttrs' selfsignService cfg.certs))
      (lib.mapAttrs' obtainService cfg.certs)
    ];
    systemd.timers = lib.mapAttrs' timer cfg.certs;
    systemd.targets = lib.mapAttrs' (
      name: _:
      lib.nameValuePair "acme-finished-${name}" {
        wantedBy = [ "default.target" ];
        requires = [ "acme-${name}.service" ];
        after = [ "acme-${name}.service" ];
      }
    ) cfg.certs;

    # Web servers run as users of their own; lego writes where they read.
    systemd.tmpfiles.rules = map (root: "d ${root}/.well-known/acme-challenge 0755 ${user} acme") (
      lib.unique (
        builtins.filter (root: root != null) (map (cert: cert.webroot) (builtins.attrValues cfg.certs))
      )
    );
  };
}
