# one
/* two # */ [ 1 # three 2 /***/ 3 /**/ 4 /* * / ** */ 5 /** doc */ 6 ] # end