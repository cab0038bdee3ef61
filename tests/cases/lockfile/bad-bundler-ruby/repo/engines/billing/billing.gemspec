Gem::Specification.new do |spec|
  spec.name = "billing"
  spec.version = "0.1.0"
  spec.add_dependency %q<rake>, %w[>=12]
end
