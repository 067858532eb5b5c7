# Results that know how to be made with other arguments.
{ lib }:
let
  inherit (builtins) isAttrs mapAttrs seq;
  inherit (lib)
    extendDerivation
    functionArgs
    isFunction
    mirrorFunctionArgs
    setFunctionArgs
    ;

  overrideDerivation =
    drv: f:
    let
      passthru = drv.passthru or { };
      kept = {
        meta = drv.meta or { };
        inherit passthru;
      }
      // passthru
      // {
        ${if drv ? __spliced then "__spliced" else null} = mapAttrs (
          _: spliced: overrideDerivation spliced f
        ) drv.__spliced;
      };
    in
    # An error in the old derivation stays an error.
    extendDerivation (seq drv.drvPath true) kept (derivation (drv.drvAttrs // f drv));

  makeOverridable =
    f:
    let
      # Functions that take what `f` takes.
      likeF = mirrorFunctionArgs f;

      call =
        args:
        let
          result = f args;
          # `change` is applied to what `f` returns, now and after every `override`.
          changing = change: makeOverridable (likeF (newArgs: change (f newArgs))) args;
          override = likeF (
            changes: makeOverridable f (args // (if isFunction changes then changes args else changes))
          );
        in
        if isAttrs result then
          result
          // {
            inherit override;
            overrideDerivation = g: changing (drv: overrideDerivation drv g);
            ${if result ? overrideAttrs then "overrideAttrs" else null} =
              g: changing (drv: drv.overrideAttrs g);
          }
        else if isFunction result then
          setFunctionArgs result (functionArgs result) // { inherit override; }
        else
          result;
    in
    if isAttrs f then
      # A set that can be called may hold more, and an `override` of its own.
      f
      // likeF call
      // {
        ${if f ? override then "override" else null} = changes: makeOverridable (f.override changes);
      }
    else
      likeF call;
in
{
  /**
    A derivation with other attributes for the builder. `overrideAttrs` of a package is the better way,
    for it also works where the package refers to itself.

    Inputs: the derivation; a function from it to the attributes that change.

    Type: `overrideDerivation :: Derivation -> (Derivation -> AttrSet) -> Derivation`
  */
  inherit overrideDerivation;

  /**
    A function whose result has `override`, which calls the function again with changed arguments: a set
    of changes, or a function from the old arguments to one. What the result had of `overrideAttrs` and
    `overrideDerivation` keeps `override`.

    Inputs: a function of a set; then the set.

    Type: `makeOverridable :: (AttrSet -> a) -> AttrSet -> a`

    Example: `((makeOverridable ({ a, b }: { sum = a + b; }) { a = 1; b = 2; }).override { a = 10; }).sum` => `12`
  */
  inherit makeOverridable;
}
