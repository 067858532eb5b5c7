/* block */ # line
[ 1 /* inside */ 2 # end
]
/** documentation */
