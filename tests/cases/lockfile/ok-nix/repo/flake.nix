{
  description = "An example";
  # The tools lie beside.
  inputs = {
    tools = {
      url = "path:./tools";
    };
    again.follows = "tools";
  };
  outputs = { self, tools, ... }@inputs: {
    a = let b = tools.a; in "${toString b}";
  };
}
