terraform {
  required_version = ">= 1.6" # any
  required_providers {
    random = {
      source  = "hashicorp/random"
      version = "~> 3.6"
    }
  }
}

module "network" {
  source = "./network"
}
