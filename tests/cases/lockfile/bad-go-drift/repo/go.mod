module example.com/app

go 1.22

require (
	example.com/local v0.0.0
	example.com/used v1.2.0
	example.com/waits v1.0.0
)

require example.com/deep v1.1.0 // indirect

replace example.com/local => ./local

replace example.com/used v1.2.0 => example.com/fork v1.2.1

replace example.com/used => ./nowhere
