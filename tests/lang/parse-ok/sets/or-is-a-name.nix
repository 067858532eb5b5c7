{ or = 1; x.or.y = 2; }.or or { or = 3; }.or
