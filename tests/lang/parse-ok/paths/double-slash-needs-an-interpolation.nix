x: ./a//b${x}
