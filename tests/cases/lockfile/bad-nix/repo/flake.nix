{
  description = "An example";
  # The tools lie beside.
  inputs = {
    tools = {
      url = "path:./other";
    };
    more.url = "path:./more";
  };
  outputs = { self, tools, ... }@inputs: {
    a = let b = tools.a; in "${toString b}";
  };
}
