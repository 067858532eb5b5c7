if [[ -f .attrs.sh ]]; then
  source .attrs.sh
elif [[ -f ${NIX_ATTRS_SH_FILE-} ]]; then
  source "$NIX_ATTRS_SH_FILE"
fi
source "$stdenv/setup"
genericBuild
