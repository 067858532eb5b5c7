# Runs Autoconf and its like over the source.
autoreconfPhase() {
  runHook preAutoreconf
  local flags=()
  if [[ -n ${autoreconfFlags-} ]]; then
    concatTo flags autoreconfFlags
  else
    flags=(--install --force --verbose)
  fi
  autoreconf "${flags[@]}"
  runHook postAutoreconf
}
[[ -n ${dontAutoreconf-} ]] || preConfigurePhases+=" autoreconfPhase"
