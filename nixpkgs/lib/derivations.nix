# Derivations that are evaluated late, or with a warning.
{ lib }:
let
  inherit (builtins)
    isFunction
    isString
    mapAttrs
    removeAttrs
    unsafeGetAttrPos
    ;
  inherit (lib) genAttrs warn;

  show = lib.generators.toPretty { multiline = false; };

  place =
    prefix: pos:
    if pos == null then "" else "${prefix}${pos.file}:${toString pos.line}:${toString pos.column}";

  wrongOutputs =
    { args, derivation, outputs }:
    let
      position = derivation.meta.position or null;
    in
    ''
      lib.lazyDerivation: The derivation ${derivation.name or "<unknown>"} has outputs that don't match the assumed outputs.

      Assumed outputs passed to lazyDerivation${place ",\n    at " (unsafeGetAttrPos "outputs" args)}:
          ${show outputs};

      Actual outputs of the derivation${
        if isString position then ",\n    defined at ${position}" else ""
      }:
          ${show derivation.outputs}

      Pass the outputs that the derivation has to lazyDerivation, in the same order.
      When they cannot be known before the derivation is evaluated, it cannot be lazy:
      use the derivation itself.
    '';

  warnOnInstantiate =
    message: drv:
    let
      # These are looked at without anybody wanting to build the derivation.
      silent = [
        "meta"
        "name"
        "outputName"
        "type"
      ];
      loud = mapAttrs (_: warn message) (removeAttrs drv silent);
    in
    drv
    // loud
    // (
      if drv ? overrideAttrs && isFunction drv.overrideAttrs then
        { overrideAttrs = changes: warnOnInstantiate message (drv.overrideAttrs changes); }
      else
        { }
    );
in
{
  inherit (builtins) addDrvOutputDependencies unsafeDiscardOutputDependency;

  /**
    A derivation that is not evaluated before one of its paths, outputs or its name is used: for packages
    that are often only asked for what is attached to them.

    Inputs: `derivation`; `meta`, `passthru` and `outputs`, all optional, where they are known without it.
    The outputs must be exactly those of the derivation, by default `[ "out" ]`.

    Type: `lazyDerivation :: { derivation :: Derivation; meta ? AttrSet; passthru ? AttrSet; outputs ? [String]; } -> Derivation`

    Example: `(lazyDerivation { derivation = throw "not evaluated"; meta.a = 1; }).meta.a` => `1`
  */
  lazyDerivation =
    {
      derivation,
      meta ? null,
      passthru ? { },
      outputs ? [ "out" ],
    }@args:
    let
      checked =
        if derivation.type or null != "derivation" then
          throw "lazyDerivation: input must be a derivation."
        else if derivation.outputs != outputs then
          throw (wrongOutputs { inherit args derivation outputs; })
        else
          derivation;
    in
    {
      type = "derivation";
      inherit outputs;
      inherit (checked)
        drvPath
        name
        outPath
        outputName
        system
        ;
      meta = args.meta or checked.meta;
    }
    // genAttrs outputs (output: checked.${output})
    // passthru;

  /**
    A value when a condition holds, else null, which a derivation ignores.

    Inputs: the condition, then the value.

    Type: `optionalDrvAttr :: Bool -> a -> (a | Null)`

    Example: `optionalDrvAttr false 1` => `null`
  */
  optionalDrvAttr = condition: value: if condition then value else null;

  /**
    A derivation that warns when it is used, but not when it is only listed.

    Inputs: the message, then the derivation.

    Type: `warnOnInstantiate :: String -> Derivation -> Derivation`

    Example: `(warnOnInstantiate "old" { name = "a"; }).name` => `"a"`
  */
  inherit warnOnInstantiate;
}
