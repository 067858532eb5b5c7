# Links to everything that the package has; folders in which a script may want to add something are real ones.
mkdir -p "$out/bin" "$out/nix-support"
for entry in "$package"/*; do
  case ${entry##*/} in
    bin) ln -s "$entry"/* "$out/bin" ;;
    nix-support) ;;
    *) ln -s "$entry" "$out" ;;
  esac
done
[[ ! -e $package/nix-support/debian.json ]] || cp "$package/nix-support/debian.json" "$out/nix-support"
eval "$script"
