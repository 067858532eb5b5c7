({ apple }: apple) { apple = 1; "two words" = 2; }
