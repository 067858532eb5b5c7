# Runs a builder that has to fail, and makes of it an output that is there: `testBuildFailure.log` and `.exit`.
set -u
tools=$failureTools
log=$NIX_BUILD_TOP/testBuildFailure.log
"$@" > >("$tools/tee" "$log") 2>&1
status=$?
if [ "$status" -eq 0 ]; then
  echo "testBuildFailure: The builder did not fail, but a failure was expected!"
  exit 1
fi
echo "testBuildFailure: Original builder produced exit code: $status"
outputs=($outputs)
result=${!outputs[0]}
# What the failed build left is part of what one may look at.
if [ -e "$result" ]; then
  kept=$NIX_BUILD_TOP/kept
  "$tools/mv" "$result" "$kept"
  "$tools/mkdir" -p "$result"
  "$tools/mv" "$kept" "$result/result"
fi
for output in "${outputs[@]}"; do
  "$tools/mkdir" -p "${!output}"
done
"$tools/cp" "$log" "$result/testBuildFailure.log"
echo "$status" > "$result/testBuildFailure.exit"
