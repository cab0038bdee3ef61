package idle

import _ "example.com/nowhere"
