package lib

import _ "example.com/used"

// Run does nothing.
func Run(...string) {}
