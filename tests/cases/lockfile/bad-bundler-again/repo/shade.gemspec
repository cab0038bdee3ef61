# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = "shade"
  spec.version = "1.0"
end
