# Licenses put together, as in SPDX's expressions.
{ ... }:
let
  inherit (builtins)
    all
    any
    concatStringsSep
    elem
    map
    ;

  compound = operator: licenses: {
    licenseType = "compound";
    inherit licenses operator;
  };

  evaluateProperty =
    predicate: permissive: license:
    let
      evaluate = evaluateProperty predicate permissive;
      every = if permissive then all else any;
      some = if permissive then any else all;
    in
    if license.licenseType == "simple" then
      predicate license
    else if license.licenseType == "compound" then
      if license.operator == "AND" then
        every evaluate license.licenses
      else if license.operator == "OR" then
        some evaluate license.licenses
      else
        throw "Unknown license operator"
    else if license.licenseType == "exception" then
      evaluate license.license && evaluate license.exception
    else if license.licenseType == "plus" then
      evaluate license.license
    else
      throw "Unknown license type or legacy license";

  evaluateNamedProperty = name: evaluateProperty (license: license.${name});

  toSPDX =
    license:
    let
      part =
        inner:
        if inner.licenseType == "compound" || inner.licenseType == "exception" then
          "(${toSPDX inner})"
        else
          toSPDX inner;
    in
    if license.licenseType == "simple" then
      license.spdxId or "LicenseRef-nixos-${license.shortName}"
    else if license.licenseType == "compound" then
      concatStringsSep " ${license.operator} " (map part license.licenses)
    else if license.licenseType == "exception" then
      "${part license.license} ${license.operator} ${part license.exception}"
    else if license.licenseType == "plus" then
      "${part license.license}${license.operator}"
    else
      throw "Unknown license type";
in
{
  /**
    All of several licenses at once.

    Inputs: the list of licenses.

    Type: `AND :: [License] -> License`

    Example: `(licenses.AND [ licenses.mit licenses.zlib ]).operator` => `"AND"`
  */
  AND = compound "AND";

  /**
    One of several licenses, as the user chooses.

    Inputs: the list of licenses.

    Type: `OR :: [License] -> License`

    Example: `(licenses.OR [ licenses.mit licenses.zlib ]).operator` => `"OR"`
  */
  OR = compound "OR";

  /**
    A license with an exception to it.

    Inputs: the license, then the exception.

    Type: `WITH :: License -> License -> License`

    Example: `(licenses.WITH licenses.asl20 licenses.llvm-exception).operator` => `"WITH"`
  */
  WITH = license: exception: {
    licenseType = "exception";
    operator = "WITH";
    inherit exception license;
  };

  /**
    A license or any later version of it.

    Inputs: the license.

    Type: `PLUS :: License -> License`

    Example: `licenses.toSPDX (licenses.PLUS licenses.eupl11)` => `"EUPL-1.1+"`
  */
  PLUS = license: {
    licenseType = "plus";
    operator = "+";
    inherit license;
  };

  /**
    Whether an expression has a property.

    Inputs: the property of a single license; whether it is enough that the user's choice can have it, else
    it must be unavoidable; the expression.

    Type: `evaluateProperty :: (License -> Bool) -> Bool -> License -> Bool`

    Example: `licenses.evaluateProperty (license: license.free) true (licenses.OR [ licenses.mit licenses.unfree ])` => `true`
  */
  inherit evaluateProperty;

  /**
    Whether an expression has a property that every license has an attribute for.

    Inputs: the attribute; whether it is enough that the user's choice can have it; the expression.

    Type: `evaluateNamedProperty :: String -> Bool -> License -> Bool`

    Example: `licenses.evaluateNamedProperty "free" true licenses.mit` => `true`
  */
  inherit evaluateNamedProperty;

  /**
    Whether an expression is free.

    Inputs: the expression.

    Type: `isFree :: License -> Bool`

    Example: `licenses.isFree (licenses.AND [ licenses.mit licenses.unfree ])` => `false`
  */
  isFree = evaluateNamedProperty "free" true;

  /**
    Whether what is under an expression may be passed on.

    Inputs: the expression.

    Type: `isRedistributable :: License -> Bool`

    Example: `licenses.isRedistributable licenses.unfreeRedistributable` => `true`
  */
  isRedistributable = evaluateNamedProperty "redistributable" true;

  /**
    Whether an expression cannot do without certain licenses.

    Inputs: the list of licenses, then the expression.

    Type: `containsLicenses :: [License] -> License -> Bool`

    Example: `licenses.containsLicenses [ licenses.mit ] (licenses.AND [ licenses.mit licenses.zlib ])` => `true`
  */
  containsLicenses =
    wanted: evaluateProperty (license: elem license wanted) false;

  /**
    An expression as SPDX writes it.

    Inputs: the expression.

    Type: `toSPDX :: License -> String`

    Example: `licenses.toSPDX (licenses.AND [ licenses.mit licenses.zlib ])` => `"MIT AND Zlib"`
  */
  inherit toSPDX;
}
