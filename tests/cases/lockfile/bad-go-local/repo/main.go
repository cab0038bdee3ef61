package main

import "example.com/local/sub"

func main() { sub.Run() }
