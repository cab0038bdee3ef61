package sub

import (
	"example.com/local"
	_ "example.com/used"
)

// Run does nothing.
func Run() { local.Run() }
