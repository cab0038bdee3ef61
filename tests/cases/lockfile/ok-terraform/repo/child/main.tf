resource "tls_private_key" "this" {
  algorithm = "ED25519"
}
