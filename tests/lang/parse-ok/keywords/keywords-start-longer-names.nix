[ ({ iff, in1, let_, or-else, rec', then2 }: iff) ]
