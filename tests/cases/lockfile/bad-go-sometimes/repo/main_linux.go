package main

import _ "example.com/linux"
