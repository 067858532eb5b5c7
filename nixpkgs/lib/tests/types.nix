# lib.types: what each type takes, how it merges, how it is described.
{ lib }:
let
  inherit (lib) mkOption types;

  # Whether a type takes each of some values.
  takes = type: map type.check;

  merge = type: definitions: (lib.mergeDefinitions [ "a" ] type (map define definitions)).mergedValue;

  define = value: {
    file = "file.nix";
    inherit value;
  };

  # An option of a type, evaluated with definitions.
  optionOf =
    type: definitions:
    (lib.evalModules {
      modules = [ { options.a = mkOption { inherit type; }; } ] ++ map (a: { config.a = a; }) definitions;
    }).options.a;

  valueOf = type: definitions: (optionOf type definitions).value;

  # The type of an option that is declared with two types.
  declaredWith =
    a: b:
    (lib.evalModules {
      modules = [
        { options.a = mkOption { type = a; }; }
        { options.a = mkOption { type = b; }; }
      ];
    }).options.a.type;

  point = types.submodule {
    options.x = mkOption { default = 0; };
    options.y = mkOption { type = types.int; };
  };
in
{
  # What types take

  scalars = {
    expr = {
      bool = takes types.bool [ true 1 ];
      boolByOr = takes types.boolByOr [ true null ];
      int = takes types.int [ 1 1.5 ];
      float = takes types.float [ 1.5 1 ];
      number = takes types.number [ 1 1.5 "1" ];
      str = takes types.str [ "" 1 ];
      raw = takes types.raw [ 1 (x: x) ];
      anything = takes types.anything [ 1 { } ];
      unspecified = takes types.unspecified [ 1 { } ];
    };
    expected = {
      bool = [ true false ];
      boolByOr = [ true false ];
      int = [ true false ];
      float = [ true false ];
      number = [ true true false ];
      str = [ true false ];
      raw = [ true true ];
      anything = [ true true ];
      unspecified = [ true true ];
    };
  };

  ranges = {
    expr = {
      unsigned = takes types.ints.unsigned [ 0 (-1) ];
      positive = takes types.ints.positive [ 1 0 ];
      between = takes (types.ints.between 1 3) [ 1 3 0 4 2.0 ];
      u8 = takes types.ints.u8 [ 255 256 ];
      u16 = takes types.ints.u16 [ 65535 65536 ];
      u32 = takes types.ints.u32 [ 4294967295 4294967296 ];
      s8 = takes types.ints.s8 [ (-128) 127 128 ];
      s16 = takes types.ints.s16 [ (-32768) 32768 ];
      s32 = takes types.ints.s32 [ (-2147483648) 2147483648 ];
      port = takes types.port [ 0 65535 65536 ];
      nonnegative = takes types.numbers.nonnegative [ 0 0.5 (-0.5) ];
      numbersPositive = takes types.numbers.positive [ 0.5 0 ];
      numbersBetween = takes (types.numbers.between 0.5 1) [ 0.5 1 2 ];
    };
    expected = {
      unsigned = [ true false ];
      positive = [ true false ];
      between = [ true true false false false ];
      u8 = [ true false ];
      u16 = [ true false ];
      u32 = [ true false ];
      s8 = [ true true false ];
      s16 = [ true false ];
      s32 = [ true false ];
      port = [ true true false ];
      nonnegative = [ true true false ];
      numbersPositive = [ true false ];
      numbersBetween = [ true true false ];
    };
  };

  rangeOfNothing = {
    expr = types.ints.between 3 1;
    throws = true;
  };

  strings = {
    expr = {
      nonEmptyStr = takes types.nonEmptyStr [ "a" " \n" ];
      singleLineStr = takes types.singleLineStr [ "a\n" "a\nb" ];
      strMatching = takes (types.strMatching "[a-z]+") [ "abc" "abc1" 1 ];
      passwdEntry = takes (types.passwdEntry types.str) [ "a" "a:b" "a\nb" ];
      luaInline = takes types.luaInline [ (lib.mkLuaInline "x") "x" ];
    };
    expected = {
      nonEmptyStr = [ true false ];
      singleLineStr = [ true false ];
      strMatching = [ true false false ];
      passwdEntry = [ true false false ];
      luaInline = [ true false ];
    };
  };

  paths = {
    expr = {
      path = takes types.path [ ./. "/etc" "etc" { outPath = "/etc"; } 1 ];
      pathInStore = takes types.pathInStore [ "${builtins.storeDir}/0fb3ykw9r5hpayd05sr0cizwadzq1d8q-a/b" "/etc" ];
      externalPath = takes types.externalPath [ "/etc" "${builtins.storeDir}/0fb3ykw9r5hpayd05sr0cizwadzq1d8q-a" ./. ];
      relative = takes (types.pathWith { absolute = false; }) [ "a" "/a" ];
      any = takes (types.pathWith { }) [ "a" "/a" 1 ];
    };
    expected = {
      path = [ true true false true false ];
      pathInStore = [ true false ];
      externalPath = [ true false false ];
      relative = [ true false ];
      any = [ true true false ];
    };
  };

  packages = {
    expr = {
      package = takes types.package [ { type = "derivation"; } "${builtins.storeDir}/0fb3ykw9r5hpayd05sr0cizwadzq1d8q-a" "a" ];
      shellPackage = takes types.shellPackage [ { type = "derivation"; shellPath = ""; } { type = "derivation"; } ];
      pkgs = takes types.pkgs [ { _type = "pkgs"; } { } ];
    };
    expected = {
      package = [ true true false ];
      shellPackage = [ true false ];
      pkgs = [ true false ];
    };
  };

  composed = {
    expr = {
      attrs = takes types.attrs [ { } [ ] ];
      attrsOf = takes (types.attrsOf types.int) [ { a = "inner values are not checked"; } 1 ];
      lazyAttrsOf = takes (types.lazyAttrsOf types.int) [ { } 1 ];
      loaOf = takes (types.loaOf types.int) [ { } [ ] ];
      listOf = takes (types.listOf types.int) [ [ "" ] { } ];
      nonEmptyListOf = takes (types.nonEmptyListOf types.int) [ [ 1 ] [ ] ];
      attrListOf = takes (types.attrListOf types.int) [ [ ] { } 1 ];
      nullOr = takes (types.nullOr types.int) [ null 1 "" ];
      either = takes (types.either types.int types.str) [ 1 "" null ];
      oneOf = takes (types.oneOf [ types.int types.str types.bool ]) [ 1 "" true null ];
      enum = takes (types.enum [ "a" 1 ]) [ "a" 1 "b" ];
      coercedTo = takes (types.coercedTo types.int toString types.str) [ 1 "" null ];
      functionTo = takes (types.functionTo types.int) [ (x: x) { __functor = self: x: x; } 1 ];
      unique = takes (types.unique { message = ""; } types.int) [ 1 "" ];
      uniq = takes (types.uniq types.int) [ 1 "" ];
      submodule = takes point [ { } (x: x) ./. 1 ];
      deferredModule = takes types.deferredModule [ { } (x: x) 1 ];
      optionType = takes types.optionType [ types.int 1 ];
      optionDeclaration = takes types.optionDeclaration [ (mkOption { }) { } ];
      attrTag = takes (types.attrTag { a = mkOption { type = types.int; }; }) [ { a = ""; } { b = 1; } { } ];
      json = takes types.json [ null 1.5 [ { } ] (x: x) ];
      toml = takes types.toml [ null true ];
      addCheck = takes (types.addCheck types.int (x: x > 3)) [ 4 3 "" ];
      addCheckOfASet = takes (types.addCheck (types.attrsOf types.int) (x: x ? a)) [ { a = 1; } { } ];
      fileset = takes types.fileset [ ./. "/etc" ];
    };
    expected = {
      attrs = [ true false ];
      attrsOf = [ true false ];
      lazyAttrsOf = [ true false ];
      loaOf = [ true false ];
      listOf = [ true false ];
      nonEmptyListOf = [ true false ];
      attrListOf = [ true true false ];
      nullOr = [ true true false ];
      either = [ true true false ];
      oneOf = [ true true true false ];
      enum = [ true true false ];
      coercedTo = [ true true false ];
      functionTo = [ true true false ];
      unique = [ true false ];
      uniq = [ true false ];
      submodule = [ true true true false ];
      deferredModule = [ true true false ];
      optionType = [ true false ];
      optionDeclaration = [ true false ];
      attrTag = [ true false false ];
      json = [ true true true false ];
      toml = [ false true ];
      addCheck = [ true false false ];
      addCheckOfASet = [ true false ];
      fileset = [ true false ];
    };
  };

  # How definitions are merged. Of several modules the last comes first.

  mergedScalars = {
    expr = [
      (merge types.boolByOr [ false true ])
      (merge types.int [ 1 1 ])
      (merge types.lines [ "a" "b" ])
      (merge types.commas [ "a" "b" ])
      (merge types.envVar [ "a" "b" ])
      (merge (types.separatedString "+") [ "a" "b" ])
      (merge types.singleLineStr [ "a\n" ])
      (merge types.anything [ { a = 1; } { b.c = 2; } ])
      (merge types.anything [ (x: { a = x; }) (x: { b = x; }) ] 1)
      (merge types.unspecified [ [ 1 ] [ 2 ] ])
      (merge types.attrs [ { a = 1; } { a = 2; } ])
      (merge types.raw [ 1 ])
    ];
    expected = [
      true
      1
      "a\nb"
      "a,b"
      "a:b"
      "a+b"
      "a"
      { a = 1; b.c = 2; }
      { a = 1; b = 1; }
      [ 1 2 ]
      { a = 2; }
      1
    ];
  };

  unequalDefinitions = {
    expr = merge types.int [ 1 2 ];
    throws = true;
  };

  rawDefinitionsTwice = {
    expr = merge types.raw [ 1 1 ];
    throws = true;
  };

  mergedLists = {
    expr = valueOf (types.listOf types.int) [ [ 1 (lib.mkIf false 2) ] [ (lib.mkIf true 3) ] ];
    expected = [ 3 1 ];
  };

  listsAreLazy = {
    expr = lib.length (valueOf (types.listOf types.int) [ [ "not checked before it is used" ] ]);
    expected = 1;
  };

  listsCheckElements = {
    expr = valueOf (types.listOf types.int) [ [ "no" ] ];
    throws = true;
  };

  mergedSets = {
    expr = valueOf (types.attrsOf (types.listOf types.int)) [
      { a = [ 1 ]; b = lib.mkIf false [ 2 ]; }
      { a = lib.mkBefore [ 3 ]; c = lib.mkForce [ 4 ]; }
      { c = [ 5 ]; }
    ];
    expected = { a = [ 3 1 ]; c = [ 4 ]; };
  };

  lazySetsHaveWhatIsConditional = {
    expr =
      let
        value = valueOf (types.lazyAttrsOf (types.nullOr types.int)) [ { a = lib.mkIf false 1; b = 2; } ];
      in
      [
        (lib.attrNames value)
        value.a
      ];
    expected = [ [ "a" "b" ] null ];
  };

  lazySetsNeedNoValues = {
    expr = lib.attrNames (valueOf (types.lazyAttrsOf types.int) [ { a = throw "not evaluated"; } ]);
    expected = [ "a" ];
  };

  attributeLists = {
    expr = [
      (valueOf (types.attrListOf types.int) [ [ { b = 1; } { a = 2; } ] { c = lib.mkBefore 3; } ])
      (valueOf (types.attrListWith { elemType = types.int; asAttrs = true; }) [ [ { a = 1; } { a = 2; } ] ])
      (valueOf (types.attrListOf types.int) [ { a = lib.mkForce 1; } [ { a = 2; } { b = 3; } ] ])
      (optionOf (types.attrListOf types.int) [ [ { a = 1; } ] ]).valueMeta.attrListValue
    ];
    expected = [
      [ { c = 3; } { b = 1; } { a = 2; } ]
      { a = [ 1 2 ]; }
      [ { b = 3; } { a = 1; } ]
      [ { a = 1; } ]
    ];
  };

  mergedChoices = {
    expr = [
      (valueOf (types.nullOr types.lines) [ "a" "b" ])
      (valueOf (types.nullOr types.int) [ ])
      (valueOf (types.either types.int (types.listOf types.int)) [ [ 1 ] [ 2 ] ])
      (valueOf (types.coercedTo types.int toString types.lines) [ 1 "a" ])
      (valueOf (types.coercedTo types.str lib.singleton (types.listOf types.str)) [ "a" [ "b" ] ])
      (valueOf (types.uniq (types.listOf types.int)) [ [ 1 ] ])
      ((valueOf (types.functionTo (types.listOf types.int)) [ (x: [ x ]) (x: [ (x + 1) ]) ]) 1)
      (valueOf (types.attrTag { a = mkOption { type = types.lines; }; }) [ { a = "x"; } { a = "y"; } ])
    ];
    expected = [ "b\na" null [ 2 1 ] "a\n1" [ "b" "a" ] [ 1 ] [ 2 1 ] { a = "y\nx"; } ];
  };

  nullAndNotNull = {
    expr = valueOf (types.nullOr types.int) [ null 1 ];
    throws = true;
  };

  mergedFunctionArguments = {
    expr = lib.functionArgs (valueOf (types.functionTo types.int) [ ({ a, b ? 1 }: 1) ]);
    expected = { a = false; b = true; };
  };

  nothingIsAValueOfSomeTypes = {
    expr = map (type: valueOf type [ ]) [
      (types.listOf types.int)
      (types.attrsOf types.int)
      types.attrs
      (types.nullOr types.int)
      (types.submodule { options.x = mkOption { default = 1; }; })
    ];
    expected = [ [ ] { } { } null { x = 1; } ];
  };

  nothingIsNoInteger = {
    expr = valueOf types.int [ ];
    throws = true;
  };

  # Submodules

  submodules = {
    expr = valueOf (types.attrsOf (
      types.submodule (
        { name, config, ... }:
        {
          options.name = mkOption { default = name; };
          options.size = mkOption { type = types.int; };
          options.double = mkOption { default = config.size * 2; };
        }
      )
    )) [
      { one.size = 1; }
      {
        two = {
          size = 2;
          name = "zwei";
        };
      }
    ];
    expected = {
      one = { name = "one"; size = 1; double = 2; };
      two = { name = "zwei"; size = 2; double = 4; };
    };
  };

  submoduleDefinitionsAreModules = {
    expr = valueOf (types.submoduleWith { modules = [ { options.x = mkOption { type = types.int; }; } ]; }) [
      { config.x = 1; }
      (
        { config, ... }:
        {
          options.y = mkOption { default = config.x; };
        }
      )
    ];
    expected = { x = 1; y = 1; };
  };

  submoduleSpecialArguments = {
    expr = valueOf (types.submoduleWith {
      modules = [ ({ extra, ... }: { options.x = mkOption { default = extra; }; }) ];
      specialArgs.extra = 3;
      shorthandOnlyDefinesConfig = true;
    }) [ { } ];
    expected = { x = 3; };
  };

  submodulesOfTwoDeclarations = {
    expr = ((declaredWith point (types.submodule { options.z = mkOption { default = 3; }; })).merge [ "a" ] [ (define { y = 1; }) ]);
    expected = { x = 0; y = 1; z = 3; };
  };

  optionsInsideOfASubmodule = {
    expr =
      (lib.evalModules {
        modules = [
          { options.a = mkOption { type = point; }; }
          { options.a.z = mkOption { default = 3; }; }
          { config.a.y = 1; }
        ];
      }).config.a;
    expected = { x = 0; y = 1; z = 3; };
  };

  submoduleFilesAndMeta = {
    expr =
      let
        option =
          (lib.evalModules {
            modules = [
              { options.a = mkOption { type = types.attrsOf point; }; }
              {
                _file = "here.nix";
                config.a.p.y = 1;
              }
            ];
          }).options.a;
      in
      option.valueMeta.attrs.p.configuration.options.y.files;
    expected = [ "here.nix" ];
  };

  deferredModules = {
    expr =
      (lib.evalModules {
        modules = [
          (valueOf (types.deferredModuleWith { staticModules = [ { options.x = mkOption { type = types.int; }; } ]; }) [ { x = lib.mkDefault 1; } { x = 2; } ])
        ];
      }).config.x;
    expected = 2;
  };

  typesAsValues = {
    expr =
      let
        type = valueOf types.optionType [ (types.enum [ 1 ]) (types.enum [ 2 ]) ];
      in
      takes type [ 1 2 3 ];
    expected = [ true true false ];
  };

  # Types of types

  descriptions = {
    expr = map (type: type.description) [
      (types.listOf types.int)
      (types.listOf (types.nullOr types.int))
      (types.attrsOf (types.listOf types.str))
      (types.either types.ints.positive types.str)
      (types.either types.str (types.either types.int types.bool))
      (types.nullOr (types.enum [ "a" 1 true null ]))
      (types.enum [ ])
      (types.enum [ "a" ])
      (types.coercedTo types.int toString types.str)
      (types.functionTo types.int)
      (types.lazyAttrsOf types.int)
      (types.nonEmptyListOf types.int)
      (types.separatedString ",")
      (types.ints.between 1 2)
      types.ints.u8
      (types.submodule { freeformType = types.attrsOf types.int; })
      types.json
      (types.attrListOf types.int)
      (types.attrTag { a = mkOption { type = types.int; }; })
      types.path
      (types.passwdEntry types.str)
      (types.strMatching "a+")
    ];
    expected = [
      "list of signed integer"
      "list of (null or signed integer)"
      "attribute set of list of string"
      "positive integer, meaning >0, or string"
      "string or signed integer or boolean"
      "null or one of \"a\", 1, true, <null>"
      "impossible (empty enum)"
      "value \"a\" (singular enum)"
      "string or signed integer convertible to it"
      "function that evaluates to a(n) signed integer"
      "lazy attribute set of signed integer"
      "non-empty (list of signed integer)"
      "strings concatenated with \",\""
      "integer between 1 and 2 (both inclusive)"
      "8 bit unsigned integer; between 0 and 255 (both inclusive)"
      "open submodule of attribute set of signed integer"
      "JSON value"
      "attribute list of signed integer"
      "attribute-tagged union with choices: a"
      "absolute path"
      "string, not containing newlines or colons"
      "string matching the pattern a+"
    ];
  };

  declaredWithTwoTypes = {
    expr = [
      (takes (declaredWith (types.enum [ 1 ]) (types.enum [ 2 ])) [ 1 2 3 ])
      (declaredWith (types.listOf types.int) (types.listOf types.int)).description
      (declaredWith (types.strMatching "a") (types.strMatching "a")).name
      (declaredWith (types.attrsWith { elemType = types.int; placeholder = "id"; }) (types.attrsOf types.int)).description
      (declaredWith (types.nullOr types.int) (types.nullOr types.int)).name
      (declaredWith (types.attrTag { a = mkOption { type = types.int; }; }) (types.attrTag { b = mkOption { type = types.int; }; })).description
    ];
    expected = [
      [ true true false ]
      "list of signed integer"
      "strMatching \"a\""
      "attribute set of signed integer"
      "nullOr"
      "attribute-tagged union with choices: a, b"
    ];
  };

  typesThatDoNotMerge = {
    expr = (declaredWith types.int types.str).name;
    throws = true;
  };

  mergeTypesReportsFailure = {
    expr = (types.mergeTypes types.int types.str)._type;
    expected = "merge-error";
  };

  ownTypes = {
    expr =
      let
        even = lib.mkOptionType {
          name = "even";
          check = x: lib.mod x 2 == 0;
          merge = loc: defs: lib.foldl' (sum: def: sum + def.value) 0 defs;
        };
      in
      [
        even.description
        (valueOf even [ 2 4 ])
        (lib.isOptionType even)
        (even.typeMerge even.functor == null)
      ];
    expected = [ "even" 6 true true ];
  };

  adHocCheckOfASet = {
    expr = valueOf (types.attrsOf types.int // { check = _: true; }) [ { } ];
    throws = true;
  };

  subOptionsForTheManual = {
    expr = lib.attrNames ((types.attrsOf point).getSubOptions [ "a" ]);
    expected = [ "_module" "x" "y" ];
  };

  deprecatedType = {
    expr = valueOf (types.loaOf types.int) [ { a = 1; } ];
    expected = { a = 1; };
  };

  noCheckForDocs = {
    expr =
      (lib.evalModules {
        modules = [
          types.noCheckForDocsModule
          { unknown = 1; }
        ];
      }).config;
    expected = { };
  };

  theTypesAgain = {
    expr = types.types.int.name;
    expected = "int";
  };
}
