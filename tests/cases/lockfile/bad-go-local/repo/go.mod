module example.com/app

go 1.21

require (
	example.com/local v0.0.0
	example.com/outside v0.0.0
	example.com/used v1.2.0
)

exclude example.com/used v1.3.0

replace (
	example.com/local => ./local
	example.com/outside => ../outside
)
