package main

// shellLeavesPatterns says that *.pdf reaches the program as it was typed.
const shellLeavesPatterns = true
