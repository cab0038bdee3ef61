terraform {
  required_providers {
    "random" = {
      source = "example/random"
    }
  }
}

resource "random_id" "this" {
  byte_length = 4
}
