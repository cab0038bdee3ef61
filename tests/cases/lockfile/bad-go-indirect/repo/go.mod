module example.com/app

go 1.22

require example.com/used v1.2.0

require example.com/deep v1.1.0 // indirect
