# Sets of values.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    attrNames
    concatStringsSep
    filter
    head
    intersectAttrs
    isAttrs
    length
    map
    mapAttrs
    removeAttrs
    unsafeGetAttrPos
    zipAttrsWith
    ;
  inherit (lib.modules) evalOptionValue mergeOptionDecls;
  inherit (lib.options) getFiles showFiles showOption;
  inherit (lib.strings) escapeNixIdentifier escapeNixString;
  inherit (lib.types)
    attrsWith
    defaultFunctor
    mkOptionType
    optionDescriptionPhrase
    ;
  inherit (import ../modules/resolve.nix { inherit lib; }) mergeElement;
  inherit (import ./merge.nix { inherit lib; })
    elemTypeFunctor
    headError
    v2Check
    v2Merge
    ;

  # The placeholder that two declarations of a type agree on.
  commonPlaceholder =
    a: b:
    if a == b || b == "name" then
      a
    else if a == "name" then
      b
    else
      null;

  # `attrTag`

  showPosition = pos: " at ${pos.file}:${toString pos.line}:${toString pos.column}";

  # The tag's option with the place where it is written.
  declareTag =
    tags: name: option:
    let
      pos = unsafeGetAttrPos name tags;
      problem =
        if !(option ? _type) then
          "was not."
        else if option._type == "option-type" then
          "was a bare type, not wrapped in mkOption."
        else
          "was of type ${escapeNixString option._type}.";
    in
    addErrorContext
      "while checking that attrTag tag ${escapeNixIdentifier name} is an option with a type${
        if pos == null then "" else showPosition pos
      }"
      (
        if option._type or null != "option" then
          throw "In attrTag, each tag value must be an option, but tag ${escapeNixIdentifier name} ${problem}"
        else
          {
            declarations = if pos == null then [ ] else [ pos.file ];
            declarationPositions = if pos == null then [ ] else [ pos ];
          }
          // option
      );

  # One option out of two declarations of a tag. What `mergeOptionDecls` reports as declarations would
  # be this function's.
  mergeTag =
    name: a: b:
    let
      declaration = option: {
        _file = "<attrTag {...}>";
        options = option;
        pos = null;
      };
    in
    mergeOptionDecls [ name ] [ (declaration a) (declaration b) ]
    // {
      declarations = a.declarations ++ b.declarations;
      declarationPositions = a.declarationPositions ++ b.declarationPositions;
    };

  tagOf = def: head (attrNames def.value);
in
{
  /**
    A set of values of a type under names of the user's choice. To know its names means to know
    whether each value is defined.

    Inputs: the values' type.

    Type: `attrsOf :: OptionType -> OptionType`

    Example: `(types.attrsOf types.int).check { a = 1; }` => `true`
  */
  attrsOf = elemType: attrsWith { inherit elemType; };

  /**
    `attrsOf` whose names are known before the values are, so that values can depend on each other's
    presence. An attribute under a condition that does not hold is there, but has no value.

    Inputs: the values' type.

    Type: `lazyAttrsOf :: OptionType -> OptionType`

    Example: `(types.lazyAttrsOf types.int).check { a = 1; }` => `true`
  */
  lazyAttrsOf =
    elemType:
    attrsWith {
      inherit elemType;
      lazy = true;
    };

  /**
    What `attrsOf` and `lazyAttrsOf` are made of.

    Inputs: the values' `elemType`; `lazy`, false by default; `placeholder`, what the manual writes
    for a name.

    Type: `attrsWith :: { elemType :: OptionType; lazy ? Bool; placeholder ? String; } -> OptionType`

    Example: `(types.attrsWith { elemType = types.int; lazy = true; }).name` => `"lazyAttrsOf"`
  */
  attrsWith =
    {
      elemType,
      lazy ? false,
      placeholder ? "name",
    }:
    mkOptionType {
      name = if lazy then "lazyAttrsOf" else "attrsOf";
      description = "${if lazy then "lazy attribute set" else "attribute set"} of ${
        optionDescriptionPhrase (class: class == "noun" || class == "composite") elemType
      }";
      descriptionClass = "composite";
      check = v2Check isAttrs;
      merge = v2Merge (
        { loc, defs }:
        let
          all = zipAttrsWith (name: mergeElement (loc ++ [ name ]) elemType) (
            map (
              { file, value, ... }:
              mapAttrs (name: element: {
                inherit file;
                value = element;
                pos = unsafeGetAttrPos name value;
              }) value
            ) defs
          );
          undefined = filter (name: !all.${name}.isDefined) (attrNames all);
          elements = if lazy then all else removeAttrs all undefined;
        in
        {
          headError = headError isAttrs defs;
          value = mapAttrs (_: element: element.value) elements;
          valueMeta.attrs = mapAttrs (_: element: element.valueMeta) elements;
        }
      );
      emptyValue.value = { };
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<${placeholder}>" ]);
      inherit (elemType) getSubModules;
      substSubModules =
        modules:
        attrsWith {
          elemType = elemType.substSubModules modules;
          inherit lazy placeholder;
        };
      functor = elemTypeFunctor "attrsWith" { inherit elemType lazy placeholder; } // {
        binOp =
          a: b:
          let
            merged = {
              elemType = a.elemType.typeMerge b.elemType.functor;
              lazy = if a.lazy == b.lazy then a.lazy else null;
              placeholder = commonPlaceholder a.placeholder b.placeholder;
            };
          in
          if merged.elemType == null || merged.lazy == null || merged.placeholder == null then
            null
          else
            merged;
      };
      nestedTypes = { inherit elemType; };
    };

  /**
    Deprecated: `attrsOf`.

    Type: `loaOf :: OptionType -> OptionType`
  */
  loaOf =
    elemType:
    lib.types.attrsOf elemType
    // {
      name = "loaOf";
      deprecationMessage = "Mixing lists with attribute values is no longer possible; please use `types.attrsOf` instead. See https://github.com/NixOS/nixpkgs/issues/1800 for the motivation.";
    };

  /**
    A set with exactly one attribute, whose name says which of several options it is.

    Inputs: a set of options.

    Type: `attrTag :: AttrsOf Option -> OptionType`

    Example: `(types.attrTag { a = mkOption { type = types.int; }; }).check { b = 1; }` => `false`
  */
  attrTag =
    written:
    let
      tags = mapAttrs (declareTag written) written;
      choices = concatStringsSep ", " (map escapeNixIdentifier (attrNames tags));
    in
    mkOptionType {
      name = "attrTag";
      description = "attribute-tagged union with choices: ${choices}";
      descriptionClass = "noun";
      check =
        value:
        isAttrs value && length (attrNames value) == 1 && tags ? ${head (attrNames value)};
      merge =
        loc: defs:
        let
          tag = tagOf (head defs);
          inner = map (
            def:
            if tagOf def == tag then
              {
                inherit (def) file;
                value = def.value.${tag};
              }
            else
              throw "The option `${showOption loc}` is defined both as `${tag}` and `${tagOf def}`, in ${showFiles (getFiles defs)}."
          ) defs;
        in
        if tags ? ${tag} then
          { ${tag} = (evalOptionValue (loc ++ [ tag ]) tags.${tag} inner).value; }
        else
          throw "The option `${showOption loc}` is defined as ${escapeNixIdentifier tag}, but ${escapeNixIdentifier tag} is not among the valid choices (${choices}). Value ${tag} was defined in ${showFiles (getFiles defs)}.";
      getSubOptions = prefix: mapAttrs (name: option: option // { loc = prefix ++ [ name ]; }) tags;
      functor = defaultFunctor "attrTag" // {
        type = payload: lib.types.attrTag payload.tags;
        payload = { inherit tags; };
        binOp = a: b: {
          tags =
            a.tags
            // b.tags
            // mapAttrs (name: mergeTag name a.tags.${name}) (intersectAttrs a.tags b.tags);
        };
      };
      nestedTypes = tags;
    };
}
