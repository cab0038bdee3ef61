package local

import _ "example.com/nowhere"
