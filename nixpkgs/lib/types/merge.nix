# How types check and merge definitions: parts that several types and the module system share.
{ lib }:
let
  inherit (builtins) all filter;
  inherit (lib.options) showDefs showOption;

  # The functor of a type around one other type, which it merges.
  elemTypeFunctor = name: payload: {
    inherit name payload;
    type = lib.types.${name};
    binOp =
      a: b:
      let
        elemType = a.elemType.typeMerge b.elemType.functor;
      in
      if elemType == null then null else { inherit elemType; };
  };

  # A `check` that belongs to a `merge` of the second kind: that merge repeats it, so that replacing
  # the check alone would go unnoticed. `checkCoherence` finds a check without this mark.
  v2Check = check: {
    __functor = _self: check;
    isV2MergeCoherent = true;
  };

  # A merge of the second kind: from `{ loc; defs; }` to `{ headError; value; valueMeta; }`. It is
  # callable like one of the first kind, from `loc` and `defs` to the value.
  v2Merge = merge: {
    __functor =
      self: loc: defs:
      (self.v2 { inherit loc defs; }).value;
    v2 = merge;
  };

  checkCoherence =
    loc: type: result:
    if type.check.isV2MergeCoherent or false then
      result
    else
      throw ''
        The option `${showOption loc}' has a type `${type.description}' that uses
        an ad-hoc `type // { check = ...; }' override, which is incompatible with
        how this type merges definitions: it would be ignored.

        Please use `lib.types.addCheck` instead of `type // { check }' to add
        custom validation, for example:

          lib.types.addCheck baseType (value: /* your check */)
      '';

  # Null when every definition passes, else `{ message; }`.
  headError =
    check: defs:
    if all (def: check def.value) defs then
      null
    else
      { message = "Definition values: ${showDefs (filter (def: !check def.value) defs)}"; };

  # What a type of either kind makes of definitions, in the form of the second kind.
  checkAndMerge =
    type: loc: defs:
    if type.merge ? v2 then
      checkCoherence loc type (type.merge.v2 { inherit loc defs; })
    else
      {
        value = type.merge loc defs;
        headError = headError type.check defs;
        valueMeta = { };
      };
in
{
  inherit
    checkAndMerge
    checkCoherence
    elemTypeFunctor
    headError
    v2Check
    v2Merge
    ;
}
