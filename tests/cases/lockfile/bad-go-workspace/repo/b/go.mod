module example.com/b

go 1.22

replace example.com/deep => ../deep

retract [v1.0.0 v1.1.0]
