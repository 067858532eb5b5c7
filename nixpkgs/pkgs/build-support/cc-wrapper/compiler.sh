#!@shell@
# Calls gcc with the store's headers, start files, loader and libraries. Made from a template of the package set.
set -e

before=()
after=()
links=1
nostdinc=
nostdincxx=
for argument in "$@"; do
  case $argument in
  -c | -S | -E | -M | -MM) links= ;;
  -nostdinc) nostdinc=1 ;;
  -nostdinc++) nostdincxx=1 ;;
  -r | -Wl,-r) links= ;;
  esac
done

if [[ "@program@" == cpp ]]; then
  links=
fi
before+=(--sysroot=@out@/empty -B@out@/bin -B@libc_dev@/lib)
if [[ -z $nostdincxx && -z $nostdinc ]]; then
  before+=(@extra@)
fi
if [[ -z $nostdinc ]]; then
  after+=(@headers@)
fi
if (($# == 0)) || [[ $# == 1 && ($1 == -v || $1 == --version || $1 == -dump*) ]]; then
  links=
fi
if [[ $links ]]; then
  after+=(-L@libc_dev@/lib -L@libc6@/lib)
fi
if [[ -n ${SOURCE_DATE_EPOCH-} && -z ${NIX_NO_MACRO_PREFIX_MAP-} && -n ${NIX_BUILD_TOP-} ]]; then
  before+=("-ffile-prefix-map=$NIX_BUILD_TOP=/build")
fi
# shellcheck disable=SC2206 # lists of flags
flags=(${NIX_CFLAGS_COMPILE-})
if [[ $links ]]; then
  # shellcheck disable=SC2206
  flags+=(${NIX_CFLAGS_LINK-})
fi
exec @gcc@/bin/@program@ "${before[@]}" "$@" "${flags[@]}" "${after[@]}"
