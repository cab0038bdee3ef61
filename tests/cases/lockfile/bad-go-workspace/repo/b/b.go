package b

import _ "example.com/missing"
