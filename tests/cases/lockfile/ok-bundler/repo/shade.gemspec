require_relative "lib/shade/version"

Gem::Specification.new do |spec|
  spec.name = "shade"
  spec.version = Shade::VERSION
  spec.summary = "Shades"
  spec.authors = ["The authors"]
  spec.add_dependency "tint", ">= 1.0", "< 3"
end
