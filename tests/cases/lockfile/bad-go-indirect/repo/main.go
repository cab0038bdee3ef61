package main

import "example.com/used"

func main() { used.Run() }
