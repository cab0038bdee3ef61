package a

import (
	_ "example.com/b"
	_ "example.com/nowhere"
	_ "example.com/used"
)
