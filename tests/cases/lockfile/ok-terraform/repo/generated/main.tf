# What declares the provider is written by the pipeline.
resource "random_id" "this" {
  byte_length = 4
}
