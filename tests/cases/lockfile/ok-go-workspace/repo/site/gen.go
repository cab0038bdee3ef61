package site

import _ "example.com/nowhere"
