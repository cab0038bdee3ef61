module Shade
  VERSION = "0.4.0"
end
