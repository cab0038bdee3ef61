# /// script
# requires-python = ">=3.12"
# dependencies = ["idna>=3.7"]
# ///
print(1)
# /// script
# requires-python = ">=3.12"
# dependencies = ["idna>=3.7"]
# ///
