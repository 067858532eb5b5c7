# The start of every build: what this file is sourced for.

if [[ -e ${NIX_ATTRS_SH_FILE-} ]]; then
  source "$NIX_ATTRS_SH_FILE"
  for _name in "${!outputs[@]}"; do
    export "$_name=${outputs[$_name]}"
  done
  _outputs=("${!outputs[@]}")
else
  # shellcheck disable=SC2206 # a list of names
  _outputs=(${outputs-out})
fi

export NIX_BUILD_CORES=${NIX_BUILD_CORES:-1}
((NIX_BUILD_CORES > 0)) || NIX_BUILD_CORES=$(nproc)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-315532800}
export TZ=UTC LC_ALL=${LC_ALL:-C} CONFIG_SHELL=$SHELL NIX_STORE=${NIX_STORE:-/nix/store}
export NIX_BUILD_TOP=${NIX_BUILD_TOP:-$PWD}

# Where each kind of file goes: to the first of these outputs that the package has.
_chooseOutput() {
  local variable=$1 output
  shift
  [[ -z ${!variable-} ]] || return 0
  for output in "$@"; do
    if [[ " ${_outputs[*]} " == *" $output "* ]]; then
      declare -g "$variable=$output"
      return
    fi
  done
  declare -g "$variable=${_outputs[0]}"
}
_chooseOutput outputDev dev out
_chooseOutput outputBin bin out
_chooseOutput outputInclude "$outputDev"
_chooseOutput outputLib lib out
_chooseOutput outputDoc doc out
_chooseOutput outputDevdoc devdoc REMOVE
_chooseOutput outputMan man "$outputBin"
_chooseOutput outputInfo info "$outputBin"

PATH=
for _package in "${initialPath[@]}"; do
  addToSearchPath PATH "$_package/bin"
done
export PATH
: "${prefix=${out-}}"
export prefix

trap exitHandler EXIT
findAllInputs
# Libraries of the package itself are found by its programs.
[[ -z ${out-} ]] || export NIX_LDFLAGS="-rpath ${!outputLib}/lib ${NIX_LDFLAGS-}"
runHook addInputsHook
runHook postHook
runHook userHook
