package main

import (
	"fmt"

	"golang.org/x/text/language"

	"github.com/pkg/errors"
)

func main() {
	fmt.Println(errors.New("x"))
}
