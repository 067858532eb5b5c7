# Makes $out: links to everything in $unwrapped, with programs that know where the data of their dependencies is.
# What Debian's triggers generate for a whole system (caches, compiled schemas) is generated for this program.
source "$closureScript"
mapfile -t closure < <(debianClosure "$unwrapped")
private=$out/libexec/neve/$pname/desktop
lines=

# having PLACE: the places in the closure's packages that exist, with colons between.
having() {
  local package found=
  for package in "${closure[@]}"; do
    [[ ! -e $package/$1 ]] || found+=${found:+:}$package/$1
  done
  echo "$found"
}
# filesOf PATTERN: the files in the closure's packages, one a line.
filesOf() {
  local package
  for package in "${closure[@]}"; do
    compgen -G "$package/$1" || true
  done
}
# linkFirst FOLDER FILE…: links; of files with the same name the first counts.
linkFirst() {
  local folder=$1 file
  shift
  for file; do
    [[ -e $folder/${file##*/} ]] || ln -s "$file" "$folder"
  done
}
# prefix VARIABLE DIRECTORIES [DEFAULT], fallback VARIABLE VALUE
prefix() { [[ -z $2 ]] || lines+="export $1=\"$2:\${$1:-${3-}}\""$'\n'; }
fallback() { [[ -z $2 ]] || lines+="export $1=\"\${$1-${2%%:*}}\""$'\n'; }

compileSchemas() {
  local files
  mapfile -t files < <(filesOf 'share/glib-2.0/schemas/*.xml' && filesOf 'share/glib-2.0/schemas/*.override')
  ((${#files[@]})) || return 0
  mkdir -p "$private/share/glib-2.0/schemas"
  linkFirst "$private/share/glib-2.0/schemas" "${files[@]}"
  "$glibTools/lib/glib-2.0/glib-compile-schemas" "$private/share/glib-2.0/schemas"
  rm "$private"/share/glib-2.0/schemas/*.{xml,override} 2>/dev/null || true
}

cacheImageLoaders() {
  local files
  mapfile -t files < <(filesOf 'lib/gdk-pixbuf-2.0/*/loaders/*.so')
  ((${#files[@]})) || return 0
  mkdir -p "$private"
  "$imageTools/lib/gdk-pixbuf-2.0/gdk-pixbuf-query-loaders" "${files[@]}" > "$private/loaders.cache"
  fallback GDK_PIXBUF_MODULE_FILE "$private/loaders.cache"
}

cacheGioModules() {
  local files
  mapfile -t files < <(filesOf 'lib/gio/modules/*.so')
  mkdir -p "$private/gio"
  if ((${#files[@]})); then
    linkFirst "$private/gio" "${files[@]}"
    "$glibTools/lib/glib-2.0/gio-querymodules" "$private/gio"
  fi
  fallback GIO_MODULE_DIR "$private/gio"
}

indexMimeTypes() {
  local files
  mapfile -t files < <(filesOf 'share/mime/packages/*.xml')
  ((${#files[@]})) || return 0
  mkdir -p "$private/share/mime/packages"
  linkFirst "$private/share/mime/packages" "${files[@]}"
  XDG_DATA_DIRS=$private/share "$mimeTools/bin/update-mime-database" "$private/share/mime"
  find "$private/share/mime" -mindepth 1 -maxdepth 1 -type d -exec rm -r {} +
}

# The data directories of packages that have something to look up by name.
dataDirectories() {
  local package place found=
  for package in "${closure[@]}"; do
    for place in icons themes sounds gtksourceview-{4,5} applications; do
      if [[ -d $package/share/$place ]]; then
        found+=${found:+:}$package/share
        break
      fi
    done
  done
  echo "$found"
}

# The directories of libraries that typelibs name: what opens them is a library whose run path cannot know of them.
typelibLibraries() {
  local files name package found=
  mapfile -t files < <(filesOf 'lib/girepository-1.0/*.typelib')
  ((${#files[@]})) || return 0
  while read -r name; do
    for package in "${closure[@]}"; do
      if [[ -e $package/lib/$name ]]; then
        [[ :$found: == *":$package/lib:"* ]] || found+=${found:+:}$package/lib
        break
      fi
    done
  done < <(grep -aohE 'lib[A-Za-z0-9_.+-]+\.so\.[0-9]+' "${files[@]}" | sort -u)
  echo "$found"
}

writeWrapper() {
  local program=$1 target=$2
  rm "$target"
  printf '#!%s\n%sexec -a "$0" %s "$@"\n' "$runtimeShell" "$lines" "$program" > "$target"
  chmod +x "$target"
}

mkdir "$out"
cp -rs --no-preserve=mode "$unwrapped"/. "$out"
rm -rf "$out/nix-support"
mkdir -p "$out/nix-support"
cp "$unwrapped/nix-support/debian.json" "$out/nix-support"

compileSchemas
indexMimeTypes
cacheImageLoaders
cacheGioModules
[[ ! -d $private/share ]] || data=$private/share:
prefix XDG_DATA_DIRS "${data-}$(dataDirectories)" /usr/local/share:/usr/share
typelibs=$(having lib/girepository-1.0)
prefix GI_TYPELIB_PATH "$typelibs"
libraries=$(typelibLibraries)
[[ -z $libraries ]] || lines+="export LD_LIBRARY_PATH=\"\${LD_LIBRARY_PATH:+\$LD_LIBRARY_PATH:}$libraries\""$'\n'
for version in 5 6; do
  plugins+=${plugins:+:}$(having "lib/qt$version/plugins")
  qml+=${qml:+:}$(having "lib/qt$version/qml")
done
plugins=${plugins%:} qml=${qml%:}
prefix QT_PLUGIN_PATH "${plugins#:}"
prefix QML2_IMPORT_PATH "${qml#:}"
prefix GST_PLUGIN_SYSTEM_PATH_1_0 "$(having lib/gstreamer-1.0)"
fallback XKB_CONFIG_ROOT "$(having share/X11/xkb)"
fallback XLOCALEDIR "$(having share/X11/locale)"
fallback ALSA_CONFIG_DIR "$(having share/alsa)"
fallback SPA_PLUGIN_DIR "$(having lib/spa-0.2)"
fallback PIPEWIRE_MODULE_DIR "$(having lib/pipewire-0.3)"
fallback SUIL_MODULE_DIR "$(having lib/suil-0)"
fonts=$(having etc/fonts/fonts.conf)
[[ -z $fonts ]] || lines+="[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE=\"\${FONTCONFIG_FILE-${fonts%%:*}}\""$'\n'
helpers=
for package in $helperPackages; do
  [[ ! -d $package/bin ]] || helpers+=:$package/bin
done
[[ -z $helpers ]] || lines+="export PATH=\"\${PATH:-/usr/bin:/bin}$helpers\""$'\n'

for program in "$out"/bin/*; do
  if [[ -f $program && -x $program ]]; then
    writeWrapper "$(readlink "$program")" "$program"
  fi
done
# What starts programs starts the wrapped ones.
for directory in share/applications share/dbus-1 lib/systemd etc/xdg/autostart share/gnome-shell; do
  [[ -d $out/$directory ]] || continue
  while IFS= read -r file; do
    if grep -qF "$unwrapped/bin/" "$file"; then
      sed --in-place=.old "s|$unwrapped/bin/|$out/bin/|g" "$file"
      rm -f "$file.old"
    fi
  done < <(find "$out/$directory" -type l)
done
