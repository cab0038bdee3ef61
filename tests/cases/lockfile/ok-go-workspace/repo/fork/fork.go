package fork

// Name is a name.
const Name = "fork"
