terraform {
  required_providers {
    example = {
      source                = "example/example"
      version               = "~> 1.0"
      configuration_aliases = [example.west]
    }
  }
}

provider "tls" {}

resource "terraform_data" "this" {
  input = data.terraform_remote_state.other.outputs
}

data "terraform_remote_state" "other" {
  backend = "local"
}

resource "google_thing" "this" {
  provider = example.west
  settings {
    provider = "nothing"
  }
}

data "http" "this" {
  url = "https://x.example/"
}

module "child" {
  source = "./child"
}
