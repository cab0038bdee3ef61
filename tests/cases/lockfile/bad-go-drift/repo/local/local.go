package local

// Run does nothing.
func Run() {}
