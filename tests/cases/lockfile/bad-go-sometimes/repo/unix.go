//go:build (darwin || linux) && !appengine

package main

import _ "example.com/unix"
