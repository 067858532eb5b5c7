# Copy the package in $source and compile it.
mkdir -p "$out"
cp -r "$source" "$out/switch"
chmod -R u+w "$out"
"$python" -I -B -m compileall -q --invalidation-mode unchecked-hash "$out/switch"
