# Scripts and programs from text, in several languages: `writers.writePython3Bin "name" { } "…"`.
{ lib, self }:
let
  isBin = lib.hasPrefix "/bin/";
  nameOf = nameOrPath: lib.last (lib.splitString "/" nameOrPath);

  # A script with an interpreter line, checked if `check` is a command.
  makeScript =
    {
      interpreter,
      check ? "",
    }:
    nameOrPath: content:
    let
      file =
        if builtins.isPath content || lib.isStorePath content then builtins.readFile content else content;
    in
    self.writeTextFile {
      name = nameOf nameOrPath;
      text = "#! ${interpreter}\n${file}\n";
      executable = true;
      destination = lib.optionalString (isBin nameOrPath) nameOrPath;
      checkPhase = lib.optionalString (check != "") ''${check} "$target"'';
    };

  # Two functions of a language: for a plain script, and for one in /bin. Options may be left out.
  language = write: rec {
    plain =
      name: argumentsOrContent:
      if builtins.isAttrs argumentsOrContent && !(argumentsOrContent ? outPath) then
        write argumentsOrContent name
      else
        write { } name argumentsOrContent;
    bin = name: plain "/bin/${name}";
  };

  bash = language (_: makeScript {
    interpreter = "${self.bash}/bin/bash";
    check = "${self.bash}/bin/bash -n";
  });
  dash = language (_: makeScript {
    interpreter = "${self.dash}/bin/dash";
    check = "${self.dash}/bin/dash -n";
  });
  python3 = language (
    {
      libraries ? [ ],
      ...
    }:
    makeScript {
      interpreter = "${
        if libraries == [ ] then self.python3 else self.python3.withPackages (_: libraries)
      }/bin/python3";
      check = "${self.python3}/bin/python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())'";
    }
  );
  perl = language (_: makeScript { interpreter = "${self.perl}/bin/perl"; });
  jq = language (_: makeScript { interpreter = "${self.jq}/bin/jq -f"; });

  fromPython = program: name: value:
    self.runCommandLocal name {
      nativeBuildInputs = [ (self.python3.withPackages (p: [ p.pyyaml p.tomli-w ])) ];
      json = builtins.toJSON value;
      passAsFile = [ "json" ];
    } ''python3 -c ${lib.escapeShellArg program} < "$jsonPath" > "$out"'';

  writers = {
    writeBash = bash.plain;
    writeBashBin = bash.bin;
    writeDash = dash.plain;
    writeDashBin = dash.bin;
    writePython3 = python3.plain;
    writePython3Bin = python3.bin;
    writePerl = perl.plain;
    writePerlBin = perl.bin;
    writeJq = jq.plain;
    writeJqBin = jq.bin;
    writeJSON = name: value: self.writeText name (builtins.toJSON value);
    writeYAML = fromPython "import json, sys, yaml; yaml.safe_dump(json.load(sys.stdin), sys.stdout, sort_keys=False, allow_unicode=True)";
    writeTOML = fromPython "import json, sys, tomli_w; sys.stdout.write(tomli_w.dumps(json.load(sys.stdin)))";
    writeText = self.writeText;
  };
in
{
  inherit writers;
}
