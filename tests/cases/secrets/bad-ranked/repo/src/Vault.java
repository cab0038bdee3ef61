/**
 * What the service hands over:
 *
 * "username": "uvRpuq", "password": "tK7vQ2mZ9sLw4"
 */
class Vault {}
