# Derivations with more or fewer attributes, and functions that make derivations.
{ lib }:
let
  inherit (builtins)
    deepSeq
    head
    listToAttrs
    map
    removeAttrs
    ;
  inherit (lib)
    flatten
    functionArgs
    id
    isFunction
    nameValuePair
    optionalAttrs
    ;

  hydraJob =
    drv:
    let
      outputs = drv.outputs or [ "out" ];
      common = {
        inherit (drv) meta name system;
        inherit outputs;
      }
      // optionalAttrs (drv._hydraAggregate or false) {
        _hydraAggregate = true;
        constituents = map hydraJob (flatten drv.constituents);
      }
      // listToAttrs byName;
      byName = map (
        outputName:
        nameValuePair outputName (
          common
          // {
            inherit (drv.${outputName}) drvPath outPath;
            type = "derivation";
            inherit outputName;
          }
        )
      ) outputs;
      job = (head byName).value;
    in
    if drv == null then null else deepSeq job job;
in
{
  /**
    A derivation with more attributes, on every output. Its paths are an error unless a condition holds.

    Inputs: the condition, the attributes, and the derivation.

    Type: `extendDerivation :: Bool -> AttrSet -> Derivation -> Derivation`

    Example: `(extendDerivation true { extra = 1; } { out = { type = "derivation"; outputName = "out"; }; }).out.extra` => `1`
  */
  extendDerivation =
    condition: passthru: drv:
    let
      whenAllowed =
        value:
        assert condition;
        value;
      byName = map (
        outputName:
        let
          output = drv.${outputName};
        in
        nameValuePair outputName (
          extended
          // {
            inherit (output) outputName type;
            drvPath = whenAllowed output.drvPath;
            outPath = whenAllowed output.outPath;
            outputSpecified = true;
            ${if passthru ? overrideAttrs then "overrideAttrs" else null} =
              f: (passthru.overrideAttrs f).${outputName};
          }
        )
      ) (drv.outputs or [ "out" ]);
      extended =
        drv
        // listToAttrs byName
        // {
          all = map (output: output.value) byName;
        }
        // passthru
        // {
          drvPath = whenAllowed drv.drvPath;
          outPath = whenAllowed drv.outPath;
        };
    in
    extended;

  /**
    What a build farm needs of a derivation, fully evaluated.

    Inputs: the derivation or null.

    Type: `hydraJob :: (Derivation | Null) -> (Derivation | Null)`

    Example: `hydraJob null` => `null`
  */
  inherit hydraJob;

  /**
    A function that makes derivations out of another one. It takes a set or a function from the final
    attributes to one.

    Inputs:

    - `constructDrv`: the function that it is made of;
    - `extendDrvArgs`: from the final attributes and the given ones to attributes that are added;
    - `excludeDrvArgNames`: arguments that are not passed on;
    - `excludeFunctionArgNames`: arguments that `functionArgs` does not report;
    - `inheritFunctionArgs`: whether it reports those of `constructDrv`, true by default;
    - `transformDrv`: what is done with the derivation.

    Type: `extendMkDerivation :: AttrSet -> ((AttrSet | (AttrSet -> AttrSet)) -> Derivation)`

    Example: `extendMkDerivation { constructDrv = f: fix f; extendDrvArgs = final: args: { b = args.a; }; } { a = 1; }` => `{ a = 1; b = 1; }`
  */
  extendMkDerivation =
    {
      constructDrv,
      excludeDrvArgNames ? [ ],
      excludeFunctionArgNames ? [ ],
      extendDrvArgs,
      inheritFunctionArgs ? true,
      transformDrv ? id,
    }:
    {
      inherit
        constructDrv
        excludeDrvArgNames
        extendDrvArgs
        transformDrv
        ;

      __functor =
        _self: given:
        transformDrv (
          constructDrv (
            final:
            let
              args = if isFunction given then given final else given;
            in
            removeAttrs args excludeDrvArgNames // extendDrvArgs final args
          )
        );

      __functionArgs =
        let
          inherited = removeAttrs (functionArgs constructDrv) excludeDrvArgNames;
        in
        removeAttrs (
          optionalAttrs inheritFunctionArgs inherited // functionArgs (extendDrvArgs { })
        ) excludeFunctionArgNames;
    };
}
