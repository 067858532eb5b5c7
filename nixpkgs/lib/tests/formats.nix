# lib.generators, lib.gvariant, lib.cli, lib.kernel, lib.network
{ lib }:
let
  inherit (lib) cli generators gvariant kernel;
in
{
  valuesOfLines = {
    expr = map (generators.mkValueStringDefault { }) [ 1 "a" true false null 0.5 ];
    expected = [ "1" "a" "true" "false" "null" "0.500000" ];
  };

  keysAndValues = {
    expr = [
      (generators.toKeyValue {
        listsAsDuplicateKeys = true;
        indent = " ";
      } { a = [ 1 2 ]; b = 3; })
      (generators.toKeyValue { mkKeyValue = generators.mkKeyValueDefault { mkValueString = v: "<${v}>"; } ": "; } { k = "v"; })
    ];
    expected = [
      " a=1\n a=2\n b=3\n"
      "k: <v>\n"
    ];
  };

  sections = {
    expr = [
      (generators.toINI { } { "a[b]" = { "k=y" = 1; }; })
      (generators.toINI {
        mkSectionName = lib.toUpper;
        listsAsDuplicateKeys = true;
      } { s.x = [ 1 2 ]; })
      (generators.toINIWithGlobalSection { } { globalSection = { }; sections.a = { }; })
    ];
    expected = [
      "[a\\[b\\]]\nk\\=y=1\n"
      "[S]\nx=1\nx=2\n"
      "[a]\n"
    ];
  };

  git = {
    expr = generators.toGitINI {
      user.name = "a \"b\"";
      url."ssh://x".insteadOf = [ "y" "z" ];
      core.gpg.x = true;
    };
    expected = "[core \"gpg\"]\n\tx = true\n\n[url \"ssh://x\"]\n\tinsteadOf = \"y\"\n\tinsteadOf = \"z\"\n\n[user]\n\tname = \"a \\\"b\\\"\"\n";
  };

  pretty = {
    expr = generators.toPretty { } {
      a = [ ];
      b = {
        c = "line\nline\n";
        "d-e" = null;
        "1f" = 0.1;
      };
      f = x: x;
      g = { x, y ? 1 }: x;
      h = { type = "derivation"; name = "n"; };
      i = "\${x}";
    };
    expected = ''
      {
        a = [ ];
        b = {
          "1f" = 0.1;
          c = '''
            line
            line
          ''';
          d-e = null;
        };
        f = <function>;
        g = <function, args: {x, y?}>;
        h = <derivation n>;
        i = "\''${x}";
      }'';
  };

  prettyOnALine = {
    expr = generators.toPretty {
      multiline = false;
      allowPrettyValues = true;
    } { a = { __pretty = v: "<${v}>"; val = "x"; }; b = "1\n2"; c = ./. ; };
    expected = "{ a = <x>; b = \"1\\n2\"; c = ${toString ./.}; }";
  };

  recursionThrows = {
    expr = generators.withRecursion { depthLimit = 1; } { a.b.c = 1; };
    throws = true;
  };

  documents = {
    expr = [
      (generators.toJSON { } [ 1 null ])
      (generators.toYAML { } { a = "b"; })
      (generators.toDhall { } { a = -1; b = true; c = "x"; })
      (generators.toLua { } { a = [ ]; b = null; c = { }; })
      (generators.toLua { asBindings = true; } { x = { y = 1; }; z = "s"; })
    ];
    expected = [
      "[1,null]"
      "{\"a\":\"b\"}"
      "{ a = -1, b = True, c = \"x\" }"
      "{\n  [\"a\"] = {},\n  [\"b\"] = nil,\n  [\"c\"] = {}\n}"
      "x = {\n  [\"y\"] = 1\n}\nz = \"s\"\n"
    ];
  };

  propertyList = {
    expr = generators.toPlist { escape = true; } {
      a = [ 1 "<" ];
      b = true;
      c = null;
      d = 0.5;
      _module = 1;
    };
    expected = ''
      <?xml version="1.0" encoding="UTF-8"?>
      <!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
      <plist version="1.0">
      <dict>
      	<key>a</key>
      	<array>
      		<integer>1</integer>
      		<string>&lt;</string>
      	</array>
      	<key>b</key>
      	<true/>
      	<key>d</key>
      	<real>0.500000</real>
      </dict>
      </plist>'';
  };

  luaNames = {
    expr = generators.toLua { asBindings = true; } { "1x" = 1; };
    throws = true;
  };

  gvariantValues = {
    expr = map toString [
      (gvariant.mkValue 0.5)
      (gvariant.mkValue [ [ "a" ] ])
      (gvariant.mkInt64 (-1))
      (gvariant.mkArray [ (gvariant.mkDictionaryEntry "a" (gvariant.mkVariant (gvariant.mkUint32 1))) ])
      (gvariant.mkNothing (gvariant.type.tupleOf [ gvariant.type.string gvariant.type.int32 ]))
      (gvariant.mkString "a\nb")
    ];
    expected = [
      "0.500000"
      "@aas [@as ['a']]"
      "@x -1"
      "@a{sv} [@{sv} {'a',<@u 1>}]"
      "@m(si) nothing"
      "'a\\nb'"
    ];
  };

  gvariantIntegersAreUnclear = {
    expr = gvariant.mkValue 1;
    throws = true;
  };

  gvariantArraysHaveOneType = {
    expr = toString (gvariant.mkArray [ "a" true ]);
    throws = true;
  };

  gvariantIntegers = {
    expr = map (constructor: constructor.type) gvariant.intConstructors;
    expected = [ "i" "u" "x" "t" "n" "q" "y" ];
  };

  commandLines = {
    expr = [
      (cli.toCommandLineGNU { explicitBool = true; } { a = true; b = false; c = null; })
      (cli.toCommandLineGNU { isLong = _: false; } { ab = 1; })
      (cli.toGNUCommandLine { optionValueSeparator = "="; } { a = 1; b = false; c = [ 1 2 ]; })
    ];
    expected = [
      [ "-atrue" "-bfalse" ]
      [ "-ab1" ]
      [ "-a=1" "-c=1" "-c=2" ]
    ];
  };

  optionWithoutAName = {
    expr = cli.toCommandLineGNU { } { "" = 1; };
    throws = true;
  };

  kernelAnswers = {
    expr = [
      kernel.yes
      kernel.no
      kernel.module
      kernel.unset
      ((kernel.whenHelpers "5.4").whenBetween "5.0" "5.4" 1).condition
      ((kernel.whenHelpers "5.4").whenOlder "5.5" 1).condition
    ];
    expected = [
      { tristate = "y"; optional = false; }
      { tristate = "n"; optional = false; }
      { tristate = "m"; optional = false; }
      { tristate = null; optional = false; }
      false
      true
    ];
  };

  addresses = {
    expr = map (text: (lib.network.ipv6.fromString text).address) [
      "::"
      "::1"
      "1::"
      "1::2"
      "1:2:3:4:5:6:7:8"
    ];
    expected = [
      "0:0:0:0:0:0:0:0"
      "0:0:0:0:0:0:0:1"
      "1:0:0:0:0:0:0:0"
      "1:0:0:0:0:0:0:2"
      "1:2:3:4:5:6:7:8"
    ];
  };

  addressesThatAreNone = {
    expr = lib.filter (text: (lib.tryEval (lib.deepSeq (lib.network.ipv6.fromString text) null)).success) [
      "1:2"
      "1::2::3"
      "::g"
      "1:2:3:4:5:6:7:8:9"
      "1:2:3:4:5:6:7::8"
      ":::"
      "::/129"
      "::/1/2"
    ];
    expected = [ ];
  };
}
