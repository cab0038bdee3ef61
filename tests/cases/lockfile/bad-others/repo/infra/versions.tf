terraform {
  required_version = ">= 1.6" # any
  required_providers {
    random = {
      source  = "hashicorp/random"
      version = "~> 4.0"
    }
  }
}

module "network" {
  source = "./network"
}
