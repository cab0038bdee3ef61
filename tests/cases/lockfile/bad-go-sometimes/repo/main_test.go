package main

import (
	_ "example.com/checks"
	_ "example.com/more"
)
