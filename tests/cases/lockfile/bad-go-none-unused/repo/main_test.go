package main

import _ "example.org/lib/say"
