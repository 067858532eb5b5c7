# Languages: what programs speak, and how they write dates and numbers.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) literalExpression mkOption types;
  cfg = config.i18n;

  # The C library has these by itself.
  isBuiltIn = locale: lib.elem (lib.head (lib.splitString "/" locale)) [
    "C"
    "C.UTF-8"
    "POSIX"
  ];
  charset =
    locale:
    let
      parts = lib.splitString "." (lib.head (lib.splitString "@" locale));
    in
    if builtins.length parts > 1 then lib.last parts else "ISO-8859-1";
  lineFor = locale: if lib.hasInfix "/" locale then locale else "${locale}/${charset locale}";

  wanted = lib.unique (
    [ "C.UTF-8/UTF-8" ]
    ++ map lineFor (
      [ cfg.defaultLocale ]
      ++ lib.filter (locale: locale != "C" && locale != "POSIX" && !(lib.hasInfix ":" locale)) (
        lib.attrValues (builtins.removeAttrs cfg.extraLocaleSettings [ "LANGUAGE" ])
      )
      ++ cfg.extraLocales
    )
  );

  compiled = lib.filter (locale: !isBuiltIn locale) cfg.supportedLocales;

  # An archive of the chosen locales, or the one that has them all.
  archive = pkgs.runCommandLocal "glibc-locales" { } (
    ''
      mkdir -p $out/lib/locale
    ''
    + (
      if lib.elem "all" cfg.supportedLocales then
        "ln -s ${pkgs.glibcLocales}/lib/locale/locale-archive $out/lib/locale/locale-archive"
      else
        ''
          export I18NPATH=${pkgs.locales}/share/i18n PATH=${pkgs.gzip}/bin:$PATH
          ${lib.concatMapStrings (
            line:
            let
              parts = lib.splitString "/" line;
              locale = lib.head parts;
            in
            ''
              echo "compiling ${locale}"
              ${pkgs.libc-bin}/bin/localedef --no-archive -i ${lib.escapeShellArg (lib.concatStringsSep "@" (
                [ (lib.head (lib.splitString "." (lib.head (lib.splitString "@" locale)))) ]
                ++ lib.drop 1 (lib.splitString "@" locale)
              ))} -f ${lib.last parts} "$out/lib/locale/${locale}"
            ''
          ) compiled}
        ''
    )
  );
in
{
  options.i18n = {
    glibcLocales = mkOption {
      type = types.path;
      default = archive;
      defaultText = literalExpression "the locales in config.i18n.supportedLocales";
      description = "A package with the C library's locales in {file}`lib/locale`.";
    };

    defaultLocale = mkOption {
      type = types.str;
      default = "en_US.UTF-8";
      example = "nl_NL.UTF-8";
      description = "The language, and the way to write dates, numbers and so on.";
    };

    extraLocaleSettings = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example = {
        LC_TIME = "de_DE.UTF-8";
      };
      description = "Other locales for single purposes: the variables `LC_*` and `LANGUAGE`.";
    };

    extraLocales = mkOption {
      type = types.either (types.listOf types.str) (types.enum [ "all" ]);
      apply = value: if value == "all" then [ "all" ] else value;
      default = [ ];
      example = [ "nl_NL.UTF-8" ];
      description = "More locales that the system has; `\"all\"` for all that there are.";
    };

    supportedLocales = mkOption {
      type = types.listOf types.str;
      default = if cfg.extraLocales == [ "all" ] then [ "all" ] else wanted;
      defaultText = literalExpression "those that the other options name";
      example = [ "en_US.UTF-8/UTF-8" ];
      visible = false;
      description = "All locales that the system has, with their character sets.";
    };
  };

  config = {
    environment.sessionVariables = {
      LANG = cfg.defaultLocale;
      LOCALE_ARCHIVE = "/run/current-system/sw/lib/locale/locale-archive";
    }
    // cfg.extraLocaleSettings;

    systemd.globalEnvironment = {
      LANG = cfg.defaultLocale;
    }
    // cfg.extraLocaleSettings;

    environment.systemPackages = lib.optional (compiled != [ ]) cfg.glibcLocales;
    system.usrTree.links."lib/locale" = lib.mkIf (compiled != [ ]) "${cfg.glibcLocales}/lib/locale";

    environment.etc."locale.conf".text = lib.concatStrings (
      lib.mapAttrsToList (name: value: "${name}=${value}\n") (
        { LANG = cfg.defaultLocale; } // cfg.extraLocaleSettings
      )
    );
  };
}
