Gem::Specification.new do |s|
  s.name = "hue"
  s.version = "2.0.0"
  s.summary = "Hues"
  s.authors = ["The authors"]
  s.add_dependency("tint")
end
