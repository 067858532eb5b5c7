# `stdenv.mkDerivation`: a derivation that is built in phases, with `meta`, `passthru` and overriding.
{
  lib,
  stdenv,
  shell,
  config,
}:
let
  # Every kind of dependency; the first four run during the build.
  nativeKinds = [
    "depsBuildBuild"
    "nativeBuildInputs"
    "propagatedNativeBuildInputs"
    "depsBuildTarget"
  ];
  hostKinds = [
    "depsHostHost"
    "buildInputs"
    "propagatedBuildInputs"
    "depsTargetTarget"
  ];

  # Attributes of mkDerivation that say something about the package instead of its build.
  notForTheBuilder = [
    "meta"
    "passthru"
    "pos"
    "checkInputs"
    "installCheckInputs"
    "nativeCheckInputs"
    "nativeInstallCheckInputs"
    "__darwinAllowLocalNetworking"
    "__impureHostDeps"
    "env"
    "hardeningDisable"
    "hardeningEnable"
  ];

  # What to build against, and the package itself where its headers are a package of their own, as in Debian.
  partsOf =
    input:
    let
      dev = lib.getDev input;
    in
    if lib.isDerivation input && dev.drvPath != input.drvPath && !(builtins.elem "dev" input.outputs) then
      [
        dev
        input
      ]
    else
      [ dev ];

  concatInputs =
    name: inputs:
    lib.concatMap partsOf (
      builtins.filter (input: input != null) (
        lib.flatten (
          if builtins.isList inputs then
            inputs
          else
            throw "the attribute ‘${name}’ of a derivation must be a list of packages, not ${builtins.typeOf inputs}"
        )
      )
    );

  nameOf =
    attrs:
    attrs.name or (
      if attrs ? pname then
        "${attrs.pname}${lib.optionalString (attrs.version or "" != "") "-${attrs.version}"}"
      else
        throw "mkDerivation needs ‘name’, or ‘pname’ and ‘version’"
    );

  derivationArguments =
    attrs:
    let
      doCheck = attrs.doCheck or false;
      doInstallCheck = attrs.doInstallCheck or false;
      extraNative =
        lib.optionals doCheck (attrs.nativeCheckInputs or [ ])
        ++ lib.optionals doInstallCheck (attrs.nativeInstallCheckInputs or [ ]);
      extraHost =
        lib.optionals doCheck (attrs.checkInputs or [ ])
        ++ lib.optionals doInstallCheck (attrs.installCheckInputs or [ ]);
      inputs =
        lib.genAttrs (nativeKinds ++ hostKinds) (
          kind:
          concatInputs kind (
            attrs.${kind} or [ ]
            ++ lib.optionals (kind == "nativeBuildInputs") extraNative
            ++ lib.optionals (kind == "buildInputs") extraHost
          )
        );
      outputs = attrs.outputs or [ "out" ];
    in
    builtins.removeAttrs attrs notForTheBuilder
    // inputs
    // attrs.env or { }
    // {
      name = nameOf attrs;
      builder = attrs.realBuilder or shell;
      args =
        attrs.args or [
          "-e"
          (attrs.builder or ./default-builder.sh)
        ];
      inherit stdenv doCheck doInstallCheck;
      inherit (stdenv.buildPlatform) system;
      userHook = config.stdenv.userHook or null;
      strictDeps = attrs.strictDeps or config.strictDepsByDefault or false;
      patches = attrs.patches or [ ];
      configureFlags = attrs.configureFlags or [ ];
      cmakeFlags = attrs.cmakeFlags or [ ];
      mesonFlags = attrs.mesonFlags or [ ];
      inherit outputs;
      enableParallelBuilding = attrs.enableParallelBuilding or false;
    };

  metaOf =
    attrs:
    let
      outputs = attrs.outputs or [ "out" ];
    in
    {
      name = nameOf attrs;
      outputsToInstall = [
        (if builtins.elem "bin" outputs then "bin" else if builtins.elem "out" outputs then "out" else builtins.head outputs)
      ]
      ++ lib.optional (builtins.elem "man" outputs) "man";
      available = true;
      broken = false;
      insecure = false;
      unfree = false;
      unsupported = false;
    }
    // attrs.meta or { };

  allowsUnfree = config.allowUnfree or false || builtins.getEnv "NIXPKGS_ALLOW_UNFREE" == "1";
  isUnfree = meta: builtins.any (license: !(license.free or true)) (lib.toList (meta.license or [ ]));

  check =
    meta: value:
    if meta.broken then
      throw "Package ‘${meta.name}’ is marked as broken, refusing to evaluate."
    else if isUnfree meta && !allowsUnfree && !((config.allowUnfreePredicate or (_: false)) { inherit meta; inherit (meta) name; pname = lib.getName meta.name; }) then
      throw "Package ‘${meta.name}’ has an unfree license, refusing to evaluate; set `config.allowUnfree` or NIXPKGS_ALLOW_UNFREE=1."
    else
      value;

  # `function`: the final attributes → the attributes.
  build =
    function:
    let
      attrs = function final;
      drvArguments = derivationArguments attrs;
      meta = metaOf attrs;
      passthru = attrs.passthru or { };
      final = result;

      overrideAttrs =
        change:
        build (
          final:
          let
            previous = function final;
            applied =
              if builtins.isFunction change then change previous else change;
            # A function of one argument gets the previous attributes, one of two the final ones first.
            changes =
              if builtins.isFunction applied then change final previous else applied;
            merged = previous // changes;
          in
          merged
          // lib.optionalAttrs (previous ? name && !(changes ? name) && previous ? pname && changes ? version) {
            name = "${merged.pname}-${merged.version}";
          }
        );

      result =
        lib.extendDerivation (check meta true) (
          {
            inherit meta passthru overrideAttrs;
            inherit (drvArguments) name;
            overrideDerivation = overrideAttrs;
            finalPackage = result;
          }
          // passthru
          // lib.optionalAttrs (attrs ? pname) { inherit (attrs) pname; }
          // lib.optionalAttrs (attrs ? version) { inherit (attrs) version; }
          // {
            # What `nix-shell` builds in place of the package: everything that it is built with.
            inputDerivation = derivation (
              builtins.removeAttrs drvArguments [
                "allowedReferences"
                "allowedRequisites"
                "disallowedReferences"
                "disallowedRequisites"
                "outputHash"
                "outputHashAlgo"
                "outputHashMode"
                "outputs"
              ]
              // {
                name = "inputs-${drvArguments.name}";
                _derivation_original_builder = drvArguments.builder;
                _derivation_original_args = drvArguments.args;
                args = [
                  "-c"
                  "export > $out"
                ];
              }
            );
          }
        ) (derivation drvArguments);
    in
    result;
in
function: build (if builtins.isFunction function then function else _: function)
