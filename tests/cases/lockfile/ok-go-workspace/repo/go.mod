module example.com/app

go 1.25.0

require(
	example.com/used v1.2.0
	example.com/deep v1.0.0 // indirect; for used
	example.com/fork v1.0.0
)

require ()

tool example.com/used/cmd/gen

ignore (
	./site
	node_modules
)

godebug default=go1.24

exclude example.com/used v1.1.0

retract (
	v0.9.0 // broken
	[v0.1.0, v0.8.0]
)
