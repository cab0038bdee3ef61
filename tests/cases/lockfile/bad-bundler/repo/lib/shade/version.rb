module Shade
  VERSION = "0.5.0"
end
