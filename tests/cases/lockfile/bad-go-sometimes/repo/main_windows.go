package main

import _ "example.com/windows"
