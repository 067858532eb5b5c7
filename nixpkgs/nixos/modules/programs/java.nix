# Java.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.java;
in
{
  options.programs.java = {
    enable = lib.mkEnableOption "Java for developers, which {env}`JAVA_HOME` names";
    package = lib.mkPackageOption pkgs "jdk" { };
    binfmt = lib.mkEnableOption "starting class files and archives of Java as programs";
  };

  config = lib.mkIf cfg.enable {
    boot.binfmt.registrations = lib.mkIf cfg.binfmt {
      java-class = {
        recognitionType = "extension";
        magicOrExtension = "class";
        interpreter = pkgs.writeShellScript "java-class" ''
          if [ -n "$JAVA_HOME" ]; then PATH=$JAVA_HOME/bin:$PATH; fi
          exec java -cp "$(dirname "$1")" "$(basename "$1" .class)"
        '';
      };
      java-jar = {
        recognitionType = "extension";
        magicOrExtension = "jar";
        interpreter = pkgs.writeShellScript "java-jar" ''
          exec ${cfg.package}/bin/java -jar "$@"
        '';
      };
    };
    environment.systemPackages = [ cfg.package ];
    environment.variables.JAVA_HOME = "${cfg.package}";
  };
}
