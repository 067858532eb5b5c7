# Names the compiler to configure scripts and makefiles.
export CC=gcc CXX=g++ CPP=cpp LD=ld AR=ar AS=as NM=nm RANLIB=ranlib STRIP=strip OBJCOPY=objcopy OBJDUMP=objdump
export READELF=readelf SIZE=size STRINGS=strings
export NIX_CC=@out@
