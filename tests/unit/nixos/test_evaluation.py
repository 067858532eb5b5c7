"""Systems that are evaluated, but not built: what the module set makes of a configuration, and what its errors say."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

import neve

NIXPKGS = Path(__file__).parents[3] / "nixpkgs"
BOOTABLE = """
    fileSystems."/".device = "/dev/vda";
    boot.isContainer = true;
    system.stateVersion = "25.11";
"""


class Evaluation:
    """Evaluates configurations with a store in a folder, and collects what is said meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.messages: list[str] = []
        store = f"local?store={folder}/store&state={folder}/state&log={folder}/log"
        self._evaluator = neve.Evaluator(
            settings={},
            store=store,
            read_only=False,
            on_message=lambda *words: self.messages.append(" ".join(map(str, words))),
        )

    def __call__(self, configuration: str, expression: str = "c: c.system.nixos.release") -> Any:
        """The value of `expression`, a function of `config`, for a configuration that is a file of its own."""
        file = self.folder / "configuration.nix"
        file.write_text(configuration)
        source = f"""
            let system = import {NIXPKGS}/nixos {{ configuration = {file}; system = "x86_64-linux"; }};
            in ({expression}) system.config
        """
        return neve.to_python(self._evaluator.evaluate(source))


@pytest.fixture
def evaluate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Evaluation:
    for name in list(os.environ):
        if name.startswith(("NIX_", "NIXOS_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NIX_CONF_DIR", str(tmp_path))
    return Evaluation(tmp_path)


@pytest.fixture
def system(packages: None, evaluate: Evaluation) -> Evaluation:
    """For what needs packages."""
    del packages
    return evaluate


def error_of(
    evaluate: Evaluation, configuration: str, expression: str = "c: c.system.nixos.release"
) -> str:
    """What the commands print."""
    with pytest.raises(neve.NeveError) as caught:
        evaluate(configuration, expression)
    text = getattr(caught.value, "rendered", str(caught.value))
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_an_unknown_option_is_named_with_its_place_and_the_nearest(evaluate: Evaluation) -> None:
    """The error has the option, the file, the line, and the option that was probably meant."""
    error = error_of(evaluate, "{\n  networking.hostNam = 1;\n}\n")
    assert "The option `networking.hostNam' does not exist" in error
    assert f"In `{evaluate.folder}/configuration.nix', line 2: 1" in error
    assert "Did you mean `networking.hostName'" in error


def test_unknown_options_can_be_warnings(system: Evaluation) -> None:
    """With neve.unknownOptions = "warn" they are listed among the warnings, each with its place."""
    configuration = '{\n  neve.unknownOptions = "warn";\n  services.nginy.enable = true;\n}\n'
    (warning,) = system(
        configuration, 'c: builtins.filter (w: builtins.match ".*nginy.*" w != null) c.warnings'
    )
    assert (
        f"services.nginy in {system.folder}/configuration.nix:3 (did you mean services.nginx?)"
        in warning
    )


def test_a_wrong_type_is_named_with_its_place(evaluate: Evaluation) -> None:
    """The error has the option, its type, the file and the line."""
    error = error_of(evaluate, "{\n\n  time.timeZone = 5;\n}\n", "c: c.time.timeZone")
    assert "option `time.timeZone' is not of type `null or string without spaces'" in error
    assert f"In `{evaluate.folder}/configuration.nix', line 3: 5" in error


@pytest.mark.parametrize(
    ("definition", "option"),
    [
        ("\n\nnetworking.hostName = lib.mkForce 5;", "networking.hostName"),
        ("networking = lib.mkIf true {\n\nhostName = 5; };", "networking.hostName"),
        (
            "users = lib.mkMerge [ { users.a = lib.mkIf true {\n\nuid = {}; }; } ];",
            "users.users.a.uid",
        ),
        ("environment.variables = {\n\nA = {}; };", "environment.variables.A"),
    ],
)
def test_lines_are_known_within_conditions_and_submodules(
    evaluate: Evaluation, definition: str, option: str
) -> None:
    """A wrong type is told with the line of its definition, whatever it is wrapped in."""
    error = error_of(evaluate, f"{{ lib, ... }}: {{ {definition} }}", f"c: c.{option}")
    assert f"option `{option}' is not of type" in error
    assert "configuration.nix', line 3: " in error


def test_a_missing_import_is_named_with_who_imports_it(evaluate: Evaluation) -> None:
    """The error has the file that is not there, and the one that imports it."""
    error = error_of(evaluate, "{ imports = [ ./missing.nix ]; }")
    assert f"path '{evaluate.folder}/missing.nix' does not exist" in error
    assert f"missing.nix', which `{evaluate.folder}/configuration.nix' imports" in error


def test_a_missing_package_is_named_with_its_place(system: Evaluation) -> None:
    """The error shows the line that asks for it."""
    error = error_of(
        system,
        "{ pkgs, ... }: {\n  environment.systemPackages = [ pkgs.nosuchthing ];\n}",
        "c: c.system.path.drvPath",
    )
    assert "nosuchthing" in error
    assert "configuration.nix:2" in error


def test_a_loop_of_options_names_them_and_the_files(evaluate: Evaluation) -> None:
    """Two options that need each other: both are named, with the file and the line."""
    error = error_of(
        evaluate,
        "{ config, ... }: {\n networking.hostName = config.networking.domain;\n"
        " networking.domain = config.networking.hostName; }",
        "c: c.networking.hostName",
    )
    assert "infinite recursion" in error
    assert "while evaluating the option `networking.domain'" in error
    assert "configuration.nix:3" in error


def test_imports_that_depend_on_options_are_named(evaluate: Evaluation) -> None:
    """What a module imports cannot depend on the configuration: the error says whose imports do."""
    error = error_of(evaluate, "{ config, ... }: { imports = [ config.networking.hostName ]; }")
    assert "infinite recursion" in error
    assert "configuration.nix" in error


def test_a_missing_root_file_system_is_said(system: Evaluation) -> None:
    """Without a root file system the error says which option has it and what to write."""
    error = error_of(
        system, '{ boot.loader.grub.device = "/dev/vda"; }', "c: c.system.build.toplevel.drvPath"
    )
    assert 'fileSystems has no "/"' in error
    assert 'fileSystems."/" = { device' in error


def test_conflicts_have_lines(evaluate: Evaluation) -> None:
    """Both definitions that conflict are told with their lines."""
    (evaluate.folder / "other.nix").write_text('{\n networking.hostName = "a"; }')
    error = error_of(
        evaluate,
        '{ lib, ... }: { imports = [ ./other.nix ];\n\nnetworking.hostName = lib.mkIf true "b"; }',
        "c: c.networking.hostName",
    )
    assert 'other.nix\', line 2: "a"' in error
    assert 'configuration.nix\', line 3: "b"' in error


def test_definitions_that_conflict_are_both_named(evaluate: Evaluation) -> None:
    """Two values for one option: the error has both, and where each is from."""
    other = evaluate.folder / "other.nix"
    other.write_text('{ time.timeZone = "UTC"; }')
    error = error_of(
        evaluate,
        '{ imports = [ ./other.nix ]; time.timeZone = "Europe/Paris"; }',
        "c: c.time.timeZone",
    )
    assert "time.timeZone' has conflicting definition values" in error
    assert "other.nix" in error
    assert "configuration.nix" in error


def test_failed_assertions_are_listed_together(system: Evaluation) -> None:
    """A system with two mistakes names both at once."""
    error = error_of(
        system,
        '{ users.users.a = { }; system.stateVersion = "25.11"; boot.isContainer = true; '
        "users.users.b.isNormalUser = true; users.users.b.isSystemUser = true; }",
        "c: c.system.build.toplevel.drvPath",
    )
    assert "Failed assertions" in error
    assert "users.users.a.group is not set" in error
    assert "users.users.b.isSystemUser and users.users.b.isNormalUser" in error


def test_old_names_still_work_and_say_so(system: Evaluation) -> None:
    """A renamed option sets the new one, with a warning."""
    value, warnings = system(
        "{ boot.cleanTmpDir = true; }", "c: [ c.boot.tmp.cleanOnBoot c.warnings ]"
    )
    assert value is True
    assert any(
        "boot.cleanTmpDir" in warning and "boot.tmp.cleanOnBoot" in warning for warning in warnings
    )


def test_a_service_becomes_a_unit(system: Evaluation) -> None:
    """Options of a service are settings of its unit; a script is a file of its own."""
    text = system(
        """{
          systemd.services.a = {
            description = "A";
            wantedBy = [ "multi-user.target" ];
            environment.B = "one two";
            script = "true";
            restartIfChanged = false;
            restartTriggers = [ "x" ];
            serviceConfig.ExecStopPost = [ "/bin/x" "/bin/y" ];
          };
        }""",
        'c: c.systemd.units."a.service".text',
    )
    assert text.startswith("[Unit]\nDescription=A\nX-Restart-Triggers=")
    assert 'Environment="B=one two"\n' in text
    assert re.search(r"^ExecStart=\S+-unit-script-a-start/bin/a-start$", text, re.MULTILINE)
    assert "ExecStopPost=/bin/x\nExecStopPost=/bin/y\n" in text
    assert "X-RestartIfChanged=false\n" in text


def test_timers_and_mounts_have_their_names(system: Evaluation) -> None:
    """`startAt` makes a timer; a mount has its name from its place."""
    units = system(
        """{
          systemd.services.a = { script = "true"; startAt = "daily"; };
          systemd.mounts = [ { what = "/dev/x"; where = "/mnt/my disk"; } ];
        }""",
        'c: [ c.systemd.units."a.timer".text (c.systemd.units ? "mnt-my\\\\x20disk.mount") ]',
    )
    assert "OnCalendar=daily" in units[0]
    assert units[1] is True


def test_packages_of_a_user_are_that_users_alone(system: Evaluation) -> None:
    """They are in a profile that only the user's search path has, and not in the system's."""
    own, everybody, path = system(
        "{ pkgs, ... }: { users.users.alice = { isNormalUser = true; packages = [ pkgs.tree ]; }; }",
        'c: [ (c.environment.etc ? "profiles/per-user/alice") '
        '(builtins.any (p: p.pname or "" == "tree") c.environment.systemPackages) '
        'c.environment.etc."pam/environment".text ]',
    )
    assert own is True
    assert everybody is False
    assert "/etc/profiles/per-user/@{PAM_USER}/bin" in path
    assert "/usr/bin" not in path


def test_pam_follows_its_options(system: Evaluation) -> None:
    """Root may become anybody; a login knows sessions; one's own rules come in their order."""
    su, login = system(
        """{
          security.pam.services.login.rules.auth.mine = {
            order = 1;
            control = "required";
            modulePath = "mine.so";
            settings = { quiet = true; level = 3; off = false; };
          };
        }""",
        "c: [ c.security.pam.services.su.text c.security.pam.services.login.text ]",
    )
    assert re.search(r"^auth sufficient \S+/pam_rootok.so$", su, re.MULTILINE)
    auth = [line for line in login.splitlines() if line.startswith("auth ")]
    assert auth[0] == "auth required mine.so level=3 quiet"
    assert re.search(r"^session optional \S+/pam_systemd.so$", login, re.MULTILINE)


def test_a_variant_is_a_system_of_its_own(system: Evaluation) -> None:
    """A specialisation has what the system has, and its own; it has no variants itself."""
    values = system(
        "{"
        + BOOTABLE
        + """
          networking.hostName = "one";
          specialisation.other.configuration.time.timeZone = "UTC";
        }""",
        "c: let o = c.specialisation.other.configuration; in [ c.time.timeZone o.time.timeZone o.networking.hostName "
        "o.specialisation (c.system.build.toplevel.drvPath != o.system.build.toplevel.drvPath) ]",
    )
    assert values == [None, "UTC", "one", {}, True]


def test_modules_can_be_disabled_and_overlays_added(system: Evaluation) -> None:
    """`disabledModules` takes a name below the module set; overlays change the packages that modules get."""
    value = system(
        """{ pkgs, ... }: {
          disabledModules = [ "services/misc/nix-optimise.nix" ];
          nixpkgs.overlays = [ (final: prev: { greeting = "hello"; }) ];
          networking.domain = pkgs.greeting;
        }""",
        "c: [ (c.nix ? optimise) c.networking.domain ]",
    )
    assert value == [False, "hello"]


def test_every_option_of_the_module_set_is_described(system: Evaluation) -> None:
    """An option has a type and a description, unless it is internal."""
    lacking = system(
        "{ }",
        f"""_: let
              lib = import {NIXPKGS}/lib;
              options = (import {NIXPKGS}/nixos {{ configuration = {{ }}; system = "x86_64-linux"; }}).options;
              counts = option: (option.visible or true) != false && !(option.internal or false);
              lacks = option: !(option ? description) || option.type.name == "unspecified" && counts option;
              check = path: set:
                if lib.isOption set then lib.optional (counts set && lacks set) (lib.showOption path)
                else lib.concatLists (lib.mapAttrsToList (name: check (path ++ [ name ])) set);
            in check [ ] (removeAttrs options [ "_module" ])""",
    )
    assert lacking == []


def test_profiles_of_desktops_have_caches(system: Evaluation) -> None:
    """Kinds of files, settings and icons have caches where there is a desktop."""
    setup = system("{ services.xserver.enable = true; }", "c: c.environment.extraSetup")
    assert "update-mime-database" in setup
    assert "glib-compile-schemas" in setup
    assert "gtk-update-icon-cache" in setup


def test_profiles_of_servers_have_no_caches(system: Evaluation) -> None:
    """Where there is no desktop, caches cost nothing."""
    assert system("{ }", "c: c.environment.extraSetup") == ""
