package main

import (
	"example.com/fork"
	"example.com/lib"
	"example.com/lib/inner"
)

func main() { lib.Run(fork.Name, inner.Name) }
