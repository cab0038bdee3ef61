package local

import _ "example.com/deep"

// Run does nothing.
func Run() {}
