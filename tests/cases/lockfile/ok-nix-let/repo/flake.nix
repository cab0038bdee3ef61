{
  inputs.tools.url = "github:acme/tools";

  outputs =
    { self, tools }:
    let
      first = [
        ./tool.spec.in
      ];
      second = [
        ./Makefile
      ];
    in
    {
      files = first ++ second;
    };
}
