resource "random_id" "this" {
  byte_length = 4
}

resource "random_pet" "this" {}
