module example.com/app

go 1.x

require (
	example.com/local v0.0.0
	example.com/used v1.2.0
	example.com/gone v1.0.0
)

require example.com/deep v1.1.0 // indirect

requires example.com/more v1.0.0

exclude example.com/used v1.2.0

replace example.com/local => ./local

replace example.com/gone => ./gone

replace example.com/other => other
