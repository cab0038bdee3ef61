Gem::Specification.new do |s|
  s.name = "tint"
  s.version = "1.2.3"
  s.summary = "Tints"
  s.authors = ["The authors"]
end
