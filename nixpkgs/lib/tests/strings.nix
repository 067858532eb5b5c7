# lib.strings, lib.stringsWithDeps and lib.versions
{ lib }:
let
  inherit (lib) strings;
  withContext = builtins.toFile "some-file" "content";
in
{
  builtinNames = {
    expr = [
      (lib.compareVersions "1.0" "1.1")
      (lib.concatStringsSep "-" [ "a" "b" ])
      (strings.elemAt [ 1 ] 0)
      (strings.filter (x: x > 1) [ 1 2 ])
      (strings.fromJSON "[1]")
      (strings.genList (n: n) 2)
      (strings.head [ 1 ])
      (strings.isAttrs { })
      (strings.isInt 1)
      (strings.isPath ./.)
      (lib.isString "")
      (lib.match "(a)b" "ab")
      (lib.parseDrvName "a-1")
      (lib.replaceStrings [ "a" ] [ "b" ] "a")
      (lib.split "-" "a-b")
      (lib.splitVersion "1.2")
      (strings.storeDir == builtins.storeDir)
      (lib.substring 1 2 "abcd")
      (strings.tail [ 1 2 ])
      (lib.typeOf 1)
      (strings.readFile ./default.nix == lib.readFile ./default.nix)
    ];
    expected = [
      (-1)
      "a-b"
      1
      [ 2 ]
      [ 1 ]
      [ 0 1 ]
      1
      true
      true
      true
      true
      [ "a" ]
      { name = "a"; version = "1"; }
      "b"
      [ "a" [ ] "b" ]
      [ "1" "2" ]
      true
      "bc"
      [ 2 ]
      "int"
      true
    ];
  };

  letters = {
    expr = [
      (lib.concatStrings lib.lowerChars)
      (lib.concatStrings lib.upperChars)
    ];
    expected = [
      "abcdefghijklmnopqrstuvwxyz"
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    ];
  };

  contexts = {
    expr = map lib.hasContext [
      withContext
      (lib.unsafeDiscardStringContext withContext)
      (lib.addContextFrom withContext "a")
      (lib.head (lib.splitString "/" withContext))
      (lib.toSentenceCase withContext)
      (strings.normalizePath withContext)
      (strings.sanitizeDerivationName withContext)
      (lib.appendContext "a" (lib.getContext withContext))
    ];
    expected = [ true false true true true true false true ];
  };

  joinsOfNothing = {
    expr = [
      (lib.concatLines [ ])
      (lib.intersperse "," [ ])
      (lib.intersperse "," [ 1 ])
      (lib.concatMapAttrsStringSep "," (n: v: n) { })
    ];
    expected = [ "" [ ] [ 1 ] "" ];
  };

  searchPathsWithoutNull = {
    expr = lib.makeSearchPath "bin" [ null "/a" ];
    expected = "/a/bin";
  };

  tooWide = {
    expr = lib.fixedWidthString 2 "0" "123";
    throws = true;
  };

  splitStringSpecialCharacters = {
    expr = [
      (lib.splitString "." "a.b")
      (lib.splitString "||" "a||b||")
      (lib.splitString "/" "")
      (lib.splitString "[" "a[b")
    ];
    expected = [ [ "a" "b" ] [ "a" "b" "" ] [ "" ] [ "a" "b" ] ];
  };

  splitStringByAtTheStart = {
    expr = [
      (lib.splitStringBy (_: c: c == "-") false "-a-")
      (lib.splitStringBy (_: c: c == "-") true "-a-")
      (lib.splitStringBy (_: _: true) false "")
    ];
    expected = [ [ "" "a" "" ] [ "" "-a" "-" ] [ "" ] ];
  };

  trims = {
    expr = [
      (lib.trim " \n\t ")
      (lib.trim "")
      (lib.trimWith { end = true; } " a ")
      (lib.trimWith { } " a ")
      (lib.trim "\n a b \r\n")
    ];
    expected = [ "" "" " a" " a " "a b" ];
  };

  affixes = {
    expr = [
      (lib.hasPrefix "" "a")
      (lib.hasSuffix "" "a")
      (lib.hasSuffix "abc" "c")
      (lib.hasInfix "(" "a(b")
      (lib.removePrefix "a" "b")
      (lib.removeSuffix "a" "b")
      (lib.removeSuffix "" "b")
    ];
    expected = [ true true false true "b" "b" "b" ];
  };

  shellWords = {
    expr = map lib.escapeShellArg [ "" "a b" "plain/path-1.0" "$HOME" 1 ./default.nix.missing ];
    expected = [ "''" "'a b'" "plain/path-1.0" "'$HOME'" "1" (toString ./default.nix.missing) ];
  };

  shellVariables = {
    expr = [
      (lib.toShellVar "a" { k = "v w"; })
      (lib.toShellVar "a" "it's")
    ];
    expected = [ "declare -A a=([k]='v w')" "a='it'\\''s'" ];
  };

  shellVariableOfABadName = {
    expr = lib.toShellVar "1a" "x";
    throws = true;
  };

  nixIdentifiers = {
    expr = map strings.escapeNixIdentifier [ "a-b'" "_x" "if" "or" "a.b" "" "\${x}" ];
    expected = [ "a-b'" "_x" "\"if\"" "\"or\"" "\"a.b\"" "\"\"" "\"\\\${x}\"" ];
  };

  urls = {
    expr = map lib.escapeURL [ "a b~c" "ä" "%" "\n" ];
    expected = [ "a%20b~c" "ä" "%25" "%0A" ];
  };

  camelCase = {
    expr = map lib.toCamelCase [ "" "FooBar" "foo_bar baz" "HTTPServer" ];
    expected = [ "" "fooBar" "fooBarBaz" "httpserver" ];
  };

  caseOfOtherThanStrings = {
    expr = lib.toSentenceCase 1;
    throws = true;
  };

  integers = {
    expr = [
      (lib.toInt "-5")
      (lib.toInt " 7\n")
      (lib.toInt "0")
      (lib.toIntBase10 "000")
      (lib.toIntBase10 " 007 ")
    ];
    expected = [ (-5) 7 0 0 7 ];
  };

  octalOrNot = {
    expr = lib.toInt "007";
    throws = true;
  };

  noInteger = {
    expr = lib.toInt "1.5";
    throws = true;
  };

  stringLikes = {
    expr = map lib.isStringLike [ "" ./. { outPath = ""; } { __toString = _: ""; } 1 { } [ ] ];
    expected = [ true true true true false false false ];
  };

  storePaths = {
    expr = map lib.isStorePath [
      "${builtins.storeDir}/d945ibfx9x185xf04b890y4f9g3cbb63-python-2.7.11"
      "${builtins.storeDir}/d945ibfx9x185xf04b890y4f9g3cbb63-python-2.7.11/bin"
      (builtins.placeholder "out")
      "relative"
      [ ]
      42
      { }
    ];
    expected = [ true false true false false false false ];
  };

  distances = {
    expr = [
      (strings.levenshtein "" "abc")
      (strings.levenshtein "same" "same")
      (strings.levenshteinAtMost 0 "a" "a")
      (strings.levenshteinAtMost 0 "a" "b")
      (strings.levenshteinAtMost 2 "abcd" "badc")
      (strings.levenshteinAtMost 2 "enable" "enabel")
      (strings.levenshteinAtMost 2 "" "ab")
      (strings.levenshteinAtMost 1 "" "ab")
      (strings.levenshteinAtMost 3 "kitten" "sitting")
      (strings.commonSuffixLength "a" "aa")
    ];
    expected = [ 3 0 true false false true true false true 1 ];
  };

  # The quick answer is the one that the distance gives.
  distancesAgree = {
    expr =
      let
        words = [ "" "a" "ab" "ba" "abc" "acb" "xabc" "abcx" "bcd" "abcd" "dcba" "aabb" "bbaa" ];
        pairs = lib.cartesianProduct { a = words; b = words; k = [ 1 2 ]; };
      in
      lib.filter (p: strings.levenshteinAtMost p.k p.a p.b != (strings.levenshtein p.a p.b <= p.k)) pairs;
    expected = [ ];
  };

  cmakeOfAnUnknownType = {
    expr = lib.cmakeOptionType "nothing" "A" "b";
    throws = true;
  };

  featuresOfOtherThanBooleans = {
    expr = lib.enableFeature "yes" "shared";
    throws = true;
  };

  derivationNames = {
    expr = map strings.sanitizeDerivationName [ "a-1.0" "..a" "" "a/b c" (lib.strings.replicate 300 "a") ];
    expected = [ "a-1.0" "a" "unknown" "a-b-c" (lib.strings.replicate 207 "a") ];
  };

  nameFromURLWithoutSeparator = {
    expr = lib.nameFromURL "https://x/abc" "-";
    throws = true;
  };

  textsComeAfterWhatTheyNeed = {
    expr = lib.textClosureList {
      a = lib.fullDepEntry "a" [ "b" "c" ];
      b = lib.stringAfter [ "c" ] "b";
      c = lib.noDepEntry "c";
      all = lib.packEntry [ "a" "c" ];
    } [ "all" "a" (lib.fullDepEntry "d" [ "b" ]) ];
    expected = [ "c" "b" "a" "" "d" ];
  };

  versionsCutAndPadded = {
    expr = [
      (lib.versions.pad 2 "1.2.3")
      (lib.versions.pad 4 "1.2")
      (lib.versions.majorMinor "1")
      (lib.versions.splitVersion "1.2pre3")
      (lib.versions.compareVersions "1" "1")
    ];
    expected = [ "1.2" "1.2.0.0" "1" [ "1" "2" "pre" "3" ] 0 ];
  };
}
