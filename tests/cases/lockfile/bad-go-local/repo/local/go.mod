module example.com/local

go 1.22

require (
	example.com/deep v1.0.0
	example.com/used v1.3.0
)
