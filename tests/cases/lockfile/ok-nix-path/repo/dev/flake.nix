{
  inputs.main.url = ../.;
  inputs.tools.url = ./tools;

  outputs = { self, main, tools }: { };
}
