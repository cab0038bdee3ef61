package main

import "example.org/lib/say"

func main() { say.Hello() }
