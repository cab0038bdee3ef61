module example.org/app

go 1.24

require example.org/lib v1.2.0
