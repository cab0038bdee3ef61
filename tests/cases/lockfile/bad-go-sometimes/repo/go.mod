module example.com/app

go 1.22

require example.com/checks v1.0.0
