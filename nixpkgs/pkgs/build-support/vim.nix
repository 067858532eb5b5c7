# Plugins and configurations of Vim.
{ lib, self }:
let
  inherit (self) stdenvNoCC;

  # Folders as Vim's own package manager reads them: pack/<name>/{start,opt}/<plugin>.
  packDirectory =
    packages:
    self.runCommandLocal "vim-packages" { } (
      "mkdir $out\n"
      + lib.concatStrings (
        lib.mapAttrsToList (
          name: kinds:
          lib.concatMapStrings (
            kind:
            lib.concatMapStrings (plugin: ''
              mkdir -p $out/pack/${name}/${kind}
              ln -s ${plugin} $out/pack/${name}/${kind}/${lib.getName plugin}
            '') kinds.${kind} or [ ]
          ) [ "start" "opt" ]
        ) packages
      )
    );
in
{
  # `packages` and `customRC` as one file to start Vim with.
  vimrcFile =
    {
      packages ? { },
      customRC ? "",
      beforePlugins ? "",
    }:
    self.writeText "vimrc" ''
      ${beforePlugins}
      set packpath^=${packDirectory packages}
      set runtimepath^=${packDirectory packages}
      ${customRC}
    '';

  buildVimPlugin =
    args:
    stdenvNoCC.mkDerivation (
      {
        installPhase = ''
          runHook preInstall
          cp -r . $out
          runHook postInstall
        '';
        dontBuild = true;
        dontConfigure = true;
      }
      // args
      // {
        passthru = {
          vimPlugin = true;
        }
        // args.passthru or { };
      }
    );
}
