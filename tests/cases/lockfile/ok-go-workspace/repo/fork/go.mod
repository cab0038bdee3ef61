module example.com/fork

go 1.25.0
