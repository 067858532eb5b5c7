# Makes the standard environment: one file, `setup`, that every build sources.
for package in $initialPath; do
  PATH=${PATH:+$PATH:}$package/bin
done
mkdir -p "$out/nix-support"
{
  echo "# The standard environment's functions and the packages that every build can use."
  echo "set -eo pipefail"
  echo "shopt -s inherit_errexit"
  echo "export SHELL=$shell"
  echo "initialPath=($initialPath)"
  echo "defaultNativeBuildInputs=($defaultNativeBuildInputs)"
  echo "defaultBuildInputs=($defaultBuildInputs)"
  cat $parts
  [[ -z $preHook ]] || echo "$preHook"
} >"$out/setup"
printf %s "$initialPath $defaultNativeBuildInputs" >"$out/nix-support/propagated-user-env-packages"
