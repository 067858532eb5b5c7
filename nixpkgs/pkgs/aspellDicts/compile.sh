# Makes $out/lib/aspell from $package: its files, and the lists of words in the form that Aspell reads.
# A language's list of its word lists is share/aspell/<language>.contents; the lists are compressed with Aspell's prezip.
data=$PWD/data
mkdir -p "$out/lib/aspell" "$data"
cp -r --no-preserve=mode "$libaspell15"/lib/aspell/. "$data"
cp -r --no-dereference --no-preserve=mode "$package"/lib/aspell/. "$out/lib/aspell"
cp --no-dereference "$out"/lib/aspell/*.dat "$data"
for contents in "$package"/share/aspell/*.contents; do
  language=${contents##*/}
  language=${language%.contents}
  while read -r list; do
    target=$out/lib/aspell/$list.rws
    rm -f "$target"
    gzip -cd "$package/share/aspell/$list.cwl.gz" | "$aspell/bin/prezip-bin" -d |
      "$aspell/bin/aspell" --per-conf=/dev/null --data-dir="$data" --local-data-dir="$data" \
        --lang="$language" --dont-validate-affixes create master "$target"
  done < "$contents"
done
