# Copy the package in $source, compile it, and make a program that starts it.
mkdir -p "$out/lib" "$out/bin"
cp -r "$source" "$out/lib/activate"
chmod -R u+w "$out/lib"
"$python" -I -B -m compileall -q -o 1 --invalidation-mode unchecked-hash "$out/lib/activate"
printf '#!%s\nexec %s -I -S -O -c '\''import sys; sys.path.insert(0, "%s"); from activate.main import main; sys.exit(main(sys.argv[1:]))'\'' "$@"\n' \
  "$shell" "$python" "$out/lib" >"$out/bin/activate-steps"
chmod +x "$out/bin/activate-steps"
