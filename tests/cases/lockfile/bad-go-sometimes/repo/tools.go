//go:build tools && !linux

package main

import _ "example.com/tools"
