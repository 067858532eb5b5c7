# lib.options and lib.asserts
{ lib }:
let
  inherit (lib) mkOption types;

  define = file: value: { inherit file value; };

  documented =
    options:
    map (option: removeAttrs option [ "declarations" ]) (
      lib.filter (option: !lib.elem "_module" option.loc) (
        lib.optionAttrSetToDocList (lib.evalModules { modules = [ { inherit options; } ]; }).options
      )
    );
in
{
  misspeltArgument = {
    expr = lib.functionArgs mkOption ? defualt;
    expected = false;
  };

  packageOption = {
    expr =
      let
        pkgs.python3Packages.requests = {
          type = "derivation";
        };
        option = lib.mkPackageOption pkgs [ "python3Packages" "requests" ] {
          extraDescription = "More.";
          example = [ "other" "1st" ];
        };
      in
      [
        option.description
        option.defaultText.text
        option.example.text
        option.type.name
        (lib.mkPackageOption pkgs "x" { nullable = true; default = null; }).default
        (lib.mkPackageOption pkgs "x" { default = null; } ? default)
      ];
    expected = [
      "The requests package to use. More."
      "pkgs.python3Packages.requests"
      "pkgs.other.\"1st\""
      "package"
      null
      false
    ];
  };

  packageThatIsMissing = {
    expr = (lib.mkPackageOption { } "missing" { }).default;
    throws = true;
  };

  sinkTakesAnything = {
    expr =
      (lib.evalModules {
        modules = [
          { options.a = lib.mkSinkUndeclaredOptions { }; }
          { options.b = mkOption { default = 1; }; }
          { a.b.c = throw "not evaluated"; }
        ];
      }).config.b;
    expected = 1;
  };

  literals = {
    expr = [
      (lib.literalExpression "a")._type
      (lib.literalMD "a")._type
      (lib.options.literalCode "sh" "ls")._type
    ];
    expected = [ "literalExpression" "literalMD" "literalMD" ];
  };

  literalOfOtherThanText = {
    expr = lib.literalExpression 1;
    throws = true;
  };

  defaultMerge = {
    expr = map (lib.mergeDefaultOption [ "a" ]) [
      [ (define "f" 1) (define "g" 1) ]
      [ (define "f" true) (define "g" false) ]
      [ (define "f" "a") (define "g" "b") ]
      [ (define "f" { a = 1; }) (define "g" { b = 2; }) ]
    ];
    expected = [ 1 true "ab" { a = 1; b = 2; } ];
  };

  defaultMergeOfFunctions = {
    expr = lib.mergeDefaultOption [ "a" ] [ (define "f" (x: [ x ])) (define "g" (x: [ x ])) ] 1;
    expected = [ 1 1 ];
  };

  defaultMergeOfDifferentKinds = {
    expr = lib.mergeDefaultOption [ "a" ] [ (define "f" 1) (define "g" "a") ];
    throws = true;
  };

  oneOfSeveral = {
    expr = lib.mergeOneOption [ "a" ] [ (define "f" 1) (define "g" 1) ];
    throws = true;
  };

  uniqueWithItsOwnMerge = {
    expr = lib.mergeUniqueOption {
      message = "";
      merge = loc: defs: (lib.head defs).value + 1;
    } [ "a" ] [ (define "f" 1) ];
    expected = 2;
  };

  equalFunctionsCannotBeCompared = {
    expr = lib.isFunction (lib.mergeEqualOption [ "a" ] [ (define "f" (x: x)) ]);
    expected = true;
  };

  longValuesAreCut = {
    expr = lib.options.showDefs [ (define "f" (lib.range 1 9)) ];
    expected = "\n- In `f':\n    [\n      1\n      2\n      3\n      4\n    ...";
  };

  valuesThatFailAreLeftOut = {
    expr = lib.options.showDefs [ (define "f" (throw "no")) (define "g" 1) ];
    expected = "\n- In `f'\n- In `g': 1";
  };

  infiniteValuesAreCut = {
    expr =
      let
        x = { inherit x; };
      in
      lib.isString (lib.options.showDefs [ (define "f" x) ]);
    expected = true;
  };

  documentation = {
    expr = documented {
      a = mkOption {
        type = types.int;
        default = 1;
        example = lib.literalExpression "1 + 1";
        description = "An integer.";
      };
      b = mkOption {
        type = types.attrsOf (types.submodule { options.inner = mkOption { type = types.bool; }; });
        readOnly = true;
      };
      hidden = mkOption {
        visible = false;
        internal = true;
        defaultText = lib.literalMD "text";
      };
    };
    expected = [
      {
        default = lib.literalExpression "1";
        description = "An integer.";
        example = lib.literalExpression "1 + 1";
        internal = false;
        loc = [ "a" ];
        name = "a";
        readOnly = false;
        type = "signed integer";
        visible = true;
      }
      {
        description = null;
        internal = false;
        loc = [ "b" ];
        name = "b";
        readOnly = true;
        type = "attribute set of (submodule)";
        visible = true;
      }
      {
        description = null;
        internal = false;
        loc = [ "b" "<name>" "inner" ];
        name = "b.<name>.inner";
        readOnly = false;
        type = "boolean";
        visible = true;
      }
      {
        default = lib.literalMD "text";
        description = null;
        internal = true;
        loc = [ "hidden" ];
        name = "hidden";
        readOnly = false;
        type = "unspecified value";
        visible = false;
      }
    ];
  };

  documentationWithAPrefix = {
    expr = map (option: option.name) (
      lib.optionAttrSetToDocList' [ "ignored" ] { a = mkOption { } // { loc = [ "a" ]; declarations = [ ]; type = types.int; }; }
    );
    expected = [ "a" ];
  };

  unknownFilesAreNotShown = {
    expr = (lib.head (lib.optionAttrSetToDocList {
      a = mkOption { } // { loc = [ "a" ]; declarations = [ lib.unknownModule "a.nix" ]; type = types.int; };
    })).declarations;
    expected = [ "a.nix" ];
  };

  derivationsAreScrubbed = {
    expr = lib.scrubOptionValue { a = { type = "derivation"; name = "n"; drvPath = throw "not evaluated"; }; };
    expected.a = { type = "derivation"; name = "n"; drvPath = "n"; outPath = "n"; };
  };

  assertions = {
    expr = lib.asserts.checkAssertWarn [ { assertion = false; message = "m"; } ] [ ] 1;
    throws = true;
  };

  assertionsThatHold = {
    expr = [
      (lib.asserts.checkAssertWarn [ { assertion = true; message = throw "not evaluated"; } ] [ "shown" ] 1)
      (lib.assertOneOf "x" 1 [ 1 ])
    ];
    expected = [ 1 true ];
  };

  assertMsgThrows = {
    expr = lib.assertMsg false "no";
    throws = true;
  };

  assertEachOneOfThrows = {
    expr = lib.asserts.assertEachOneOf "x" [ 1 2 ] [ 1 ];
    throws = true;
  };
}
