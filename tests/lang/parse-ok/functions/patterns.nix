# Every form of argument.
[ (x: x) (_: 1) ({ }: 1) ({ a }: a) ({ a, b ? a, ... }: b) (all@{ a, ... }: all) ({ a ? 1 }@all: all) ({ ... }: 1) ]
