package main

import (
	"example.com/local"
	_ "example.com/used/inner"
)

func main() { local.Run() }
