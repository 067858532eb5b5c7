# Functions for modules, in their argument `utils`.
{
  config,
  lib,
  pkgs,
}:
let
  inherit (lib)
    any
    concatMapStringsSep
    concatStringsSep
    elem
    escapeShellArg
    hasPrefix
    hasSuffix
    isDerivation
    removePrefix
    replaceStrings
    splitString
    stringAsChars
    ;

  # A byte as systemd writes one that may not stand in a name.
  escapeByte =
    let
      bytes = lib.listToAttrs (
        map (
          code:
          let
            hex = lib.fixedWidthString 2 "0" (lib.toLower (lib.toHexString code));
          in
          lib.nameValuePair (builtins.fromJSON ''"\u00${hex}"'') "\\x${hex}"
        ) (lib.range 32 126)
      );
    in
    char: bytes.${char} or char;

  isPlain = char: builtins.match "[A-Za-z0-9:_.]" char != null;

  escapeName = stringAsChars (char: if isPlain char then char else escapeByte char);

  # Without double and trailing slashes; "" for the root.
  trimPath =
    path:
    concatStringsSep "/" (builtins.filter (part: part != "" && part != ".") (splitString "/" (toString path)));

  # `/a/b` → `a-b`, as systemd names mount units; other names are escaped likewise.
  escapeSystemdPath =
    path:
    let
      trimmed = trimPath path;
      escaped = concatMapStringsSep "-" escapeName (splitString "/" trimmed);
    in
    if trimmed == "" then
      "-"
    else if hasPrefix "." escaped then
      "\\x2e${removePrefix "." escaped}"
    else
      escaped;

  # One word of a command line in a unit: nothing in it is replaced or split.
  escapeSystemdExecArg =
    arg:
    let
      text =
        if builtins.isPath arg then
          "${arg}"
        else if builtins.isString arg then
          arg
        else if builtins.isInt arg || builtins.isFloat arg || isDerivation arg then
          toString arg
        else
          throw "escapeSystemdExecArg takes a path, string, number or package, not ${builtins.typeOf arg}";
    in
    replaceStrings [ "%" "$" ] [ "%%" "$$" ] (builtins.toJSON text);

  pathsNeededForBoot = [
    "/"
    "/nix"
    "/nix/store"
    "/var"
    "/var/log"
    "/var/lib"
    "/var/lib/nixos"
    "/etc"
    "/usr"
  ];

  systemdUtils = {
    lib = import ./systemd-lib.nix {
      inherit
        config
        lib
        pkgs
        ;
    };
    unitOptions = import ./systemd-unit-options.nix { inherit lib systemdUtils; };
    types = import ./systemd-types.nix { inherit lib systemdUtils; };
  };

  # Every `{ _secret = file; }` below a value, by the place it stands at, written for jq.
  secretsIn =
    attr: set:
    let
      recurse =
        place: value:
        if builtins.isAttrs value && value ? ${attr} then
          { ${place} = value; }
        else if builtins.isAttrs value then
          lib.concatMapAttrs (
            name: recurse "${place}.${builtins.toJSON name}"
          ) value
        else if builtins.isList value then
          lib.foldl' (a: b: a // b) { } (lib.imap0 (index: recurse "${place}[${toString index}]") value)
        else
          { };
    in
    recurse "" set;
in
rec {
  inherit
    escapeSystemdExecArg
    escapeSystemdPath
    pathsNeededForBoot
    systemdUtils
    ;

  escapeSystemdExecArgs = concatMapStringsSep " " escapeSystemdExecArg;

  # Whether stage 1 mounts a file system.
  fsNeededForBoot = fs: fs.neededForBoot or false || elem (fs.mountPoint or "") pathsNeededForBoot;

  # Whether `a` has to be mounted before `b`.
  fsBefore =
    a: b:
    let
      withSlash = path: if hasSuffix "/" path then path else "${path}/";
      within = inner: outer: inner != "" && hasPrefix (withSlash outer) (withSlash inner);
      isDirectory = path: hasPrefix "/" path;
    in
    a.mountPoint != b.mountPoint && within b.mountPoint a.mountPoint
    || isDirectory (toString (b.device or "")) && within (toString b.device) a.mountPoint
    || any (path: within path a.mountPoint) (b.depends or [ ])
    || any (path: path == a.mountPoint) (b.depends or [ ]);

  # The file that starts a shell: of a package its main program in the system's profile, of a path the path.
  toShellPath =
    shell:
    if isDerivation shell then
      "/run/current-system/sw${shell.shellPath or "/bin/${baseNameOf (lib.getExe shell)}"}"
    else
      shell;

  # `packages` without those whose names are those of packages in `names`.
  removePackagesByName =
    packages: toRemove:
    let
      removed = map lib.getName toRemove;
    in
    builtins.filter (package: !(elem (lib.getName package) removed)) packages;

  # Shell code that writes `set` as JSON into `output`, with the contents of files for `{ _secret = file; }`.
  genJqSecretsReplacementSnippet = genJqSecretsReplacementSnippet' "_secret";
  genJqSecretsReplacementSnippet' =
    attr: set: output:
    (genJqSecretsReplacement { inherit attr; } set output).script;
  genJqSecretsReplacement =
    {
      attr ? "_secret",
      loadCredential ? false,
    }:
    set: output:
    let
      secrets = lib.attrsToList (secretsIn attr set);
      credential = index: "secret-${toString index}";
      fileOf =
        index: secret:
        if loadCredential then
          ''"$CREDENTIALS_DIRECTORY/${credential index}"''
        else
          escapeShellArg (toString secret.value.${attr});
      argument =
        index: secret:
        let
          option = if secret.value.quote or true then "--rawfile" else "--slurpfile";
        in
        "${option} s${toString index} ${fileOf index secret}";
      assignment =
        index: secret:
        let
          variable = "$s${toString index}";
          value = if secret.value.quote or true then ''(${variable} | rtrimstr("\n"))'' else "${variable}[0]";
        in
        "${secret.name} = ${value}";
      filter = if secrets == [ ] then "." else concatStringsSep " | " (lib.imap0 assignment secrets);
      document = pkgs.writeText "settings.json" (builtins.toJSON set);
    in
    {
      script = ''
        if [ -h '${output}' ]; then
          rm '${output}'
        fi
        (
          umask 077
          ${lib.getExe pkgs.jq} ${concatStringsSep " " (lib.imap0 argument secrets)} \
            ${escapeShellArg filter} < ${document} > '${output}'
        )
      '';
      credentials = lib.imap0 (
        index: secret: "${credential index}:${toString secret.value.${attr}}"
      ) secrets;
    };

}
