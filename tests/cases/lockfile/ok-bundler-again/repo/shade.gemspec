# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = "shade"
  spec.version = "1.0.0"
  spec.add_development_dependency "rake", "~> 13.0"
end
