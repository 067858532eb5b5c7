{ a, b : c }: a
