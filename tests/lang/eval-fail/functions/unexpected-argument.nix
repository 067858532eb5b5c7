({ apple }: apple) { aple = 1; }
