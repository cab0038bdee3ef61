module example.com/a

go 1.21

require example.com/used v1.2.0

replace example.com/deep => ./deep
