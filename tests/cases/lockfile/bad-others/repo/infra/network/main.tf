terraform {
  required_providers {
    external = "~> 3.2"
  }
}
