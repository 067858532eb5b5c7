# Even these can be named anew.
let true = 1; null = 2; map = 3; in [ true null map ]
